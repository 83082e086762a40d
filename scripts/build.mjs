// Makes `dist`: the compiled sources, and the workflows' code in one file, as workers load it.
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

await rm('dist', { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const { bundleWorkflows } = await import('../dist/workflowBundle.js');
const { code } = await bundleWorkflows();
await writeFile('dist/workflow-bundle.js', code);

// Makes `dist`: the compiled sources, and the workflows' code in one file, as workers load it.
import { spawnSync } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

// Made beside `dist` and put in its place once complete: workers may be starting from it.
const unfinished = `dist.${process.pid}`;
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', unfinished], {
  stdio: 'inherit',
});
if (status !== 0) {
  await rm(unfinished, { recursive: true, force: true });
  process.exit(status ?? 1);
}

const { bundleWorkflows } = await import(`../${unfinished}/workflowBundle.js`);
const { code } = await bundleWorkflows();
await writeFile(`${unfinished}/workflow-bundle.js`, code);
await rm('dist', { recursive: true, force: true });
await rename(unfinished, 'dist');

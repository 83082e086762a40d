import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { narrated } from '../../../src/embedded/progress.js';
import { Supervision } from '../../../src/embedded/supervision.js';
import { keepInCache, openCacheFolder } from '../../../src/embedded/temporalCli/cache.js';

const run = promisify(execFile);

/** As the Go module that releases of Prometheus 3 are published as. */
const VERSION = '0.316.0';
const MODULE = 'github.com/prometheus/prometheus/cmd';
const BUILT_WITHIN_MS = 1_800_000;
const ANSWER_WITHIN_MS = 20_000;

/** Where a program of Prometheus's is, or why it is not to be had here. */
export type PrometheusTool = { command: string } | { missing: string };

const progress = (line: string) => {
  console.log(`    ${line}`);
};

/** The one on PATH, one built before, or one built now, which takes some minutes once. */
export async function findPrometheusTool(name: 'promtool' | 'prometheus'): Promise<PrometheusTool> {
  const cached = path.join(
    await openCacheFolder(process.env),
    `${name}-${VERSION}-${process.platform}-${process.arch}`,
  );
  for (const command of [name, cached]) if (await answers(command)) return { command };
  if (!(await answers('go', 'version'))) return { missing: `neither ${name} nor Go is on PATH` };
  try {
    await narrated(progress, `${name}: go install ${MODULE}/${name}@v${VERSION}`, build(name, cached));
    return { command: cached };
  } catch (error) {
    return {
      missing: `${name} could not be built: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`,
    };
  }
}

const answers = (command: string, ask = '--version') =>
  run(command, [ask], { timeout: ANSWER_WITHIN_MS }).then(
    () => true,
    () => false,
  );

async function build(name: string, cached: string): Promise<void> {
  const supervision = await Supervision.open({ name });
  const { folder } = supervision;
  try {
    // Prometheus's service discovery takes the SDKs of all clouds to build, and is not needed here.
    const args = ['install', '-tags=remove_all_sd', `${MODULE}/${name}@v${VERSION}`];
    const env = { ...process.env, GOBIN: folder };
    const go = await supervision.run('go', args, { name: 'go install', cwd: folder, env });
    await go.succeeded({ withinMs: BUILT_WITHIN_MS });
    await keepInCache(path.join(folder, name), cached);
  } finally {
    await supervision.end();
  }
}

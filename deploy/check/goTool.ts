import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { narrated, type Progress } from '../../src/embedded/progress.js';
import { Supervision } from '../../src/embedded/supervision.js';
import { keepInCache, openCacheFolder } from '../../src/embedded/temporalCli/cache.js';

/** A command that is published as a Go module. */
export interface GoTool {
  name: string;
  module: string;
  /** The one that is installed where none is found. */
  version: string;
  /** Has it print its version, which shows that it runs here. */
  ask: string[];
  /** Of the versions that will do. */
  answer: RegExp;
}

const BUILT_WITHIN_MS = 1_800_000;
const ANSWER_WITHIN_MS = 20_000;

/** Why Go cannot be run here, or undefined where it can. */
export async function whyNoGo(): Promise<string | undefined> {
  try {
    await promisify(execFile)('go', ['version'], { timeout: ANSWER_WITHIN_MS });
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'Go is not installed' : String(error);
  }
}

/**
 * The command to run it by: found on PATH, kept in the user's cache folder, or installed there by Go.
 *
 * @throws with what Go printed, if it cannot be built
 */
export async function findGoTool(tool: GoTool, progress: Progress, env = process.env): Promise<string> {
  if (await isOneOf(tool, tool.name, env)) return tool.name;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const file = `${tool.name}-${tool.version}-${process.platform}-${process.arch}${suffix}`;
  const cached = path.join(await openCacheFolder(env), file);
  if (!(await isOneOf(tool, cached, env))) await install(tool, cached, suffix, progress, env);
  return cached;
}

async function isOneOf({ ask, answer }: GoTool, command: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return promisify(execFile)(command, ask, { env, timeout: ANSWER_WITHIN_MS }).then(
    ({ stdout }) => answer.test(stdout),
    () => false,
  );
}

async function install(
  tool: GoTool,
  cached: string,
  suffix: string,
  progress: Progress,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const supervision = await Supervision.open({ name: 'go-install' });
  try {
    const { folder } = supervision;
    const what = `go install ${tool.module}@${tool.version}`;
    const go = await supervision.run('go', what.split(' ').slice(1), {
      name: what,
      cwd: folder,
      env: { ...env, GOBIN: folder },
    });
    await narrated(progress, what, go.succeeded({ withinMs: BUILT_WITHIN_MS }));
    await keepInCache(path.join(folder, tool.name + suffix), cached);
  } finally {
    await supervision.end();
  }
}

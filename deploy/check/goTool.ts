import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { narrated, type Progress } from '../../src/embedded/progress.js';
import { Supervision } from '../../src/embedded/supervision.js';
import { keepInCache, openCacheFolder } from '../../src/embedded/temporalCli/cache.js';

/** A command that is published as a Go module, or whose sources are in this repository. */
export interface GoTool {
  name: string;
  module: string;
  /** The one that is installed where none is found. */
  version: string;
  /** The folder of its go.mod, where it is not published; the version is then of what is in there. */
  sources?: string;
  /** Of `go install`. */
  flags?: string[];
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
  const found = await cachedGoTool(tool, env);
  if (found !== undefined) return found;
  const cached = await cacheFileOf(tool, env);
  await install(tool, cached, progress, env);
  return cached;
}

/** As `findGoTool`, but undefined where it would have to be installed. */
export async function cachedGoTool(tool: GoTool, env = process.env): Promise<string | undefined> {
  for (const command of [tool.name, await cacheFileOf(tool, env)])
    if (await isOneOf(tool, command, env)) return command;
  return undefined;
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

const cacheFileOf = async ({ name, version }: GoTool, env: NodeJS.ProcessEnv): Promise<string> =>
  path.join(await openCacheFolder(env), `${name}-${version}-${process.platform}-${process.arch}${SUFFIX}`);

async function isOneOf({ ask, answer }: GoTool, command: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return promisify(execFile)(command, ask, { env, timeout: ANSWER_WITHIN_MS }).then(
    ({ stdout, stderr }) => answer.test(stdout + stderr),
    () => false,
  );
}

async function install(
  tool: GoTool,
  cached: string,
  progress: Progress,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const supervision = await Supervision.open({ name: 'go-install' });
  try {
    const { folder } = supervision;
    const installed = tool.sources === undefined ? `${tool.module}@${tool.version}` : tool.module;
    const what = ['go', 'install', ...(tool.flags ?? []), installed].join(' ');
    const go = await supervision.run('go', what.split(' ').slice(1), {
      name: what,
      cwd: tool.sources ?? folder,
      env: { ...env, GOBIN: folder },
    });
    await narrated(progress, what, go.succeeded({ withinMs: BUILT_WITHIN_MS }));
    await keepInCache(path.join(folder, tool.name + SUFFIX), cached);
  } finally {
    await supervision.end();
  }
}

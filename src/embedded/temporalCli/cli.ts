import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A Temporal CLI that runs here and brings a recent enough dev server. */
export interface TemporalCli {
  /** A path, or a name that is looked up in PATH. */
  command: string;
  /** As it names itself, such as `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)`. */
  version: string;
}

/** Fairness keys, by which organisations share a task queue, came with this server. */
const OLDEST_SERVER = { major: 1, minor: 29 };
const ANSWER_WITHIN_MS = 20_000;

/** Asks a CLI for its version; throws with the reason when it cannot be run or is too old. */
export async function inspectCli(command: string, env: NodeJS.ProcessEnv): Promise<TemporalCli> {
  const { stdout } = await promisify(execFile)(command, ['--version'], {
    env: cliEnv(env),
    timeout: ANSWER_WITHIN_MS,
  }).catch((error: unknown) => {
    throw new Error(reasonOf(error as NodeJS.ErrnoException), { cause: error });
  });
  const version = stdout.trim();
  const [, major, minor] = /Server (\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`its version is unclear: "${version}"`);
  const isRecent =
    Number(major) > OLDEST_SERVER.major ||
    (Number(major) === OLDEST_SERVER.major && Number(minor) >= OLDEST_SERVER.minor);
  if (isRecent) return { command, version };
  throw new Error(
    `it is too old: "${version}", needed is Server ${OLDEST_SERVER.major}.${OLDEST_SERVER.minor} or newer`,
  );
}

/** Without the variables of Temporal's clients, which could point the CLI somewhere else. */
export function cliEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function reasonOf(error: NodeJS.ErrnoException & { killed?: boolean }): string {
  if (error.code === 'ENOENT') return 'not found';
  return error.killed ? 'it did not answer' : error.message.trim();
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export { createEnvironmentTables, type EnvironmentTableNames } from './environmentTables.js';

const SERVER = fileURLToPath(new URL('./dynaliteServer.mjs', import.meta.url));
const START_WITHIN_MS = 30_000;

export interface DynamoOptions {
  /** Keeps the tables in this folder and finds them again there; without it they are held in memory. */
  dataDir?: string | undefined;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}

export interface EmbeddedDynamo {
  endpoint: string;
  stop(): Promise<void>;
}

/** Starts a DynamoDB-compatible server on a free port of 127.0.0.1, which takes any region and credentials. */
export async function startDynamo({ dataDir, signal }: DynamoOptions = {}): Promise<EmbeddedDynamo> {
  signal?.throwIfAborted();
  const server = fork(SERVER, dataDir === undefined ? [] : [path.resolve(dataDir, 'dynamo')], {
    detached: true, // not in the terminal's process group, where Ctrl-C would reach it
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = once(server, 'exit');
  const stop = async () => {
    if (server.connected) server.disconnect();
    await gone;
  };
  const ended = new AbortController();
  void gone.then(() => {
    ended.abort(new Error('its process ended'));
  });
  const givenUp = [ended.signal, AbortSignal.timeout(START_WITHIN_MS), ...(signal ? [signal] : [])];
  try {
    const [message] = (await once(server, 'message', { signal: AbortSignal.any(givenUp) })) as [
      { port: number } | { reason: string },
    ];
    if ('port' in message) return { endpoint: `http://127.0.0.1:${message.port}`, stop };
    throw new Error(message.reason);
  } catch (error) {
    await stop();
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
    throw new Error(`DynamoDB: the embedded server did not start: ${reason.message}`, { cause: error });
  }
}

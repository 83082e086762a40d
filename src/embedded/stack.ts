import { startDynamo } from './dynamo.js';
import { startPostgres } from './postgres.js';
import type { Progress } from './progress.js';
import { startTemporalServer, type SearchAttributeType } from './temporalServer.js';

export interface StackOptions {
  progress: Progress;
  /** Keeps all data in this folder and finds it again there; without it all data is gone after `stop`. */
  dataDir?: string | undefined;
  /** Registered with the Temporal server, by name. */
  searchAttributes?: Record<string, SearchAttributeType> | undefined;
  /** Where TEMPORAL_ADDRESS, PATH and the cache folder are looked up. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Gives the start up: what was started so far is stopped. */
  signal?: AbortSignal | undefined;
}

export interface Stack extends AsyncDisposable {
  /** Of an empty database, as superuser. */
  databaseUrl: string;
  dynamoEndpoint: string;
  temporalAddress: string;
  webUiUrl: string;
  /** Which Temporal server it is, where it came from and why from there. */
  temporalServerSource: string;
  /** Ends all three servers and removes their data; a second call waits for the first. */
  stop(): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL, a DynamoDB-compatible server and Temporal's dev server, all of them or none. Nothing of them
 * outlives this process, even if it is killed. No signal handler is installed: that is the caller's decision.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { progress, dataDir, searchAttributes, env, signal } = options;
  const started: Stoppable[] = [];
  let stopped: Promise<void> | undefined;
  const startUp = new AbortController();
  const giveUp = () => {
    startUp.abort(signal?.reason);
  };
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted) giveUp();

  try {
    const [database, dynamo, temporal] = await allOrFirstFailure([
      keep(startPostgres({ progress, dataDir, signal: startUp.signal })),
      keep(startDynamo({ dataDir, signal: startUp.signal })),
      keep(startTemporalServer({ progress, dataDir, searchAttributes, env, signal: startUp.signal })),
    ]);
    return {
      databaseUrl: database.url,
      dynamoEndpoint: dynamo.endpoint,
      temporalAddress: temporal.address,
      webUiUrl: temporal.webUiUrl,
      temporalServerSource: temporal.source,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`The embedded servers did not start. ${(error as Error).message}`, { cause: error });
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }

  async function keep<S extends Stoppable>(starting: Promise<S>): Promise<S> {
    const server = await starting;
    started.push(server);
    return server;
  }

  /** Waits for the others too after a failure, which they are told of: what they started must be stopped as well. */
  async function allOrFirstFailure<T extends unknown[]>(starting: {
    [I in keyof T]: Promise<T[I]>;
  }): Promise<T> {
    try {
      return await Promise.all(starting);
    } catch (error) {
      startUp.abort(error);
      await Promise.allSettled(starting);
      throw error;
    }
  }

  function stop(): Promise<void> {
    stopped ??= Promise.all(started.map((server) => server.stop())).then(() => undefined);
    return stopped;
  }
}

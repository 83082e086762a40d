import { inspectCli } from './temporalCli/cli.js';
import { cachedCli, cliSources, fetchCli, type FetchContext } from './temporalCli/sources.js';
import type { Progress } from './progress.js';

/** A server that runs already, or a CLI to start one with. `source` says which way it was had, and why that one. */
export type TemporalServer = { source: string } & ({ address: string } | { command: string });

/** One way to a Temporal CLI; `find` throws with the reason why it is none. */
export interface CliWay {
  name: string;
  find: () => Promise<{ command: string; version: string }>;
}

const REMEDY =
  'Remedy: install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, ' +
  'or set TEMPORAL_ADDRESS to the host:port of a running server.';

/**
 * The first of: TEMPORAL_ADDRESS, `temporal` on PATH, one cached by an earlier start, and what can be fetched.
 * When there is none, the error lists each way with its reason.
 */
export async function findTemporalServer(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  {
    signal,
    ways = cliWays({ progress, env, signal }),
  }: { signal?: AbortSignal | undefined; ways?: CliWay[] } = {},
): Promise<TemporalServer> {
  const { TEMPORAL_ADDRESS: address } = env;
  if (address) return { address, source: `the running server that TEMPORAL_ADDRESS names, ${address}` };

  const reasons = ['TEMPORAL_ADDRESS: not set'];
  for (const { name, find } of ways) {
    signal?.throwIfAborted();
    try {
      const { command, version } = await find();
      return { command, source: `${name}: ${version}, ${command} (${reasons.join('; ')})` };
    } catch (error) {
      const reason = `${name}: ${(error as Error).message}`;
      reasons.push(reason);
      progress(`Temporal: ${reason}`);
    }
  }
  signal?.throwIfAborted();
  throw new Error(
    ['No Temporal server can be had.', ...reasons.map((reason) => `- ${reason}`), REMEDY].join('\n'),
  );
}

function cliWays(context: FetchContext): CliWay[] {
  const { env } = context;
  return [
    { name: 'temporal on PATH', find: () => inspectCli('temporal', env) },
    { name: 'cache', find: () => cachedCli(env) },
    ...cliSources.map((source) => ({ name: source.name, find: () => fetchCli(source, context) })),
  ];
}

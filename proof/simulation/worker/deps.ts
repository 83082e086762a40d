import type { SyncDeps } from '../../../src/activities/deps.js';
import { TABLES } from '../dynamo/tables.js';

/** What activities count and log, by name: only what the simulation tells of itself is kept. */
export type Tally = (name: string) => void;

/** All that activities work with besides their clients. */
export function surroundings(tally: Tally): Omit<SyncDeps, 'db' | 'dynamo'> {
  return {
    tables: TABLES,
    identitiesTable: undefined,
    compression: 'off',
    seedingPolicy: { inferenceWindowMs: 60_000 },
    metrics: tellingNothing as SyncDeps['metrics'],
    events: tallying(tally) as SyncDeps['events'],
  };
}

/** What is called by any name is tallied under it. */
function tallying(tally: Tally): object {
  const tellers = new Map<string, () => void>();
  return new Proxy(
    {},
    {
      get: (_, name: string) => {
        let tell = tellers.get(name);
        if (!tell) {
          tell = () => {
            tally(name);
          };
          tellers.set(name, tell);
        }
        return tell;
      },
    },
  );
}

const ignore = () => undefined;
const metric = { inc: ignore, set: ignore, observe: ignore, remove: ignore };
const tellingNothing: object = new Proxy({}, { get: () => metric });

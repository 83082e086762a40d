import type { Arm } from './arms/arms.js';
import type { DynamoTables } from './dynamo/tables.js';
import type { PostgresServer } from './postgres/server.js';
import type { Random } from './random.js';
import type { Owner, Scheduler } from './scheduler.js';
import type { TemporalServer } from './temporal/server.js';
import type { Weather } from './worker/times.js';

/** All that is outside of a worker process. */
export interface World {
  arm: Arm;
  weather: Weather;
  scheduler: Scheduler;
  network: Owner;
  server: PostgresServer;
  temporal: TemporalServer;
  tables: DynamoTables;
  /** A stream of its own for whoever is named. */
  random: (name: string) => Random;
  tally: (name: string, by?: number) => void;
}

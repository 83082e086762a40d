import { connectDatabase, type Database } from '../../db/connect.js';

/** The table that the seeding of each chunk writes to last. */
const TABLE = 'public.multivariate_multivariatefeaturestatevalue';

/** Holds up whatever seeds feature states, as a slow database would: readers go on. */
export interface Gate {
  isOpen(): boolean;
  /** Resolves once a seeding stands before it. */
  isWaitedFor(): Promise<boolean>;
  open(): Promise<void>;
}

/**
 * Closes the gate by the lock that CREATE INDEX takes: the first chunk of feature states is committed, the next one
 * not begun. A lock on a row would not do for features, as their audit row's own statement updates every environment.
 */
export async function closeGate(databaseUrl: string, observer: Database): Promise<Gate> {
  const session = connectDatabase(databaseUrl, { applicationName: 'demo gate', maxConnections: 1 });
  await session`BEGIN`;
  await session.unsafe(`LOCK TABLE ${TABLE} IN SHARE MODE`);
  let isOpen = false;
  return {
    isOpen: () => isOpen,
    async isWaitedFor() {
      const waiting = await observer`
        SELECT FROM pg_catalog.pg_locks WHERE relation = ${TABLE}::regclass AND NOT granted`;
      return waiting.length > 0;
    },
    async open() {
      isOpen = true;
      // Ending the session ends its transaction, and with it the lock.
      await session.end({ timeout: 0 });
    },
  };
}

import type { Database } from '../../db/connect.js';

/** Holds up whatever seeds feature states, as a slow database would: readers go on. */
export interface Gate {
  isOpen(): boolean;
  /** Whether a seeding stands before it. */
  isWaitedFor(): Promise<boolean>;
  open(): Promise<void>;
}

/**
 * Closes the gate by the lock that CREATE INDEX takes, on the table that the seeding of each chunk writes to last: the
 * first chunk of feature states is committed then, the next one not begun. A lock on a row would not do for features, as
 * the very statement of their audit row updates every environment.
 */
export async function closeGate(db: Database): Promise<Gate> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let holding: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    holding = db.transaction(async (tx) => {
      await tx`LOCK TABLE public.multivariate_multivariatefeaturestatevalue IN SHARE MODE`;
      resolve();
      await released;
    });
    holding.catch(reject);
  });
  let isOpen = false;
  return {
    isOpen: () => isOpen,
    async isWaitedFor() {
      const waiting = await db`
        SELECT FROM pg_catalog.pg_locks
        WHERE relation = 'public.multivariate_multivariatefeaturestatevalue'::regclass AND NOT granted`;
      return waiting.length > 0;
    },
    async open() {
      isOpen = true;
      release();
      await holding;
    },
  };
}

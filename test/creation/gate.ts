import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';

export interface Gate {
  /** Resolves once so many statements wait for the gate, or for one another. */
  untilWaitedFor(statements?: number): Promise<void>;
  open(): Promise<void>;
}

/** Nothing makes feature states until it is opened; readers go on. */
export const holdFeatureStates = (sql: Sql): Promise<Gate> =>
  closeGate(sql, 'LOCK TABLE features_featurestate IN SHARE MODE');

/** No environment or feature of the project is committed until it is opened: their foreign keys wait for its row. */
export const holdProject = (sql: Sql, projectId: number): Promise<Gate> =>
  closeGate(sql, `SELECT FROM projects_project WHERE id = ${projectId} FOR UPDATE`);

/** No feature state of the feature is committed until it is opened: they are inserted, and their foreign keys wait. */
export const holdFeature = (sql: Sql, featureId: number): Promise<Gate> =>
  closeGate(sql, `SELECT FROM features_feature WHERE id = ${featureId} FOR UPDATE`);

/** Holds the lock until it is opened. */
export async function closeGate(sql: Sql, lock: string): Promise<Gate> {
  const session = await sql.reserve();
  await session.unsafe(`BEGIN; ${lock}`);
  return {
    async untilWaitedFor(statements = 1) {
      const waiting = () => sql`
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      while ((await waiting()).length < statements) await delay(10);
    },
    async open() {
      await session`COMMIT`;
      session.release();
    },
  };
}

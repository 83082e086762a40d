import type { ISql, Sql } from 'postgres';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../../test/support/flagsmithData.js';

/** A project with environments that have a feature state for each of its features. */
export interface Shop {
  projectId: number;
  environmentIds: number[];
  featureIds: number[];
}

/**
 * All of it in one commit, as nothing of it is to be seen half-made; what that put into the outbox is taken out again, so that
 * no sync knows of it yet.
 */
export const insertShop = (
  sql: Sql,
  { environments, features }: { environments: number; features: number },
): Promise<Shop> =>
  inOneCommit(sql, async (tx) => {
    const projectId = await insertProject(tx);
    const environmentIds: number[] = [];
    for (let n = 0; n < environments; n++) environmentIds.push(await insertEnvironment(tx, projectId));
    const featureIds: number[] = [];
    for (let n = 0; n < features; n++) {
      const featureId = await insertFeature(tx, projectId, `feature_${n}`, { initial_value: `initial ${n}` });
      featureIds.push(featureId);
      for (const id of environmentIds) await insertFeatureState(tx, id, featureId, 'first');
    }
    await tx`DELETE FROM document_sync.outbox WHERE project_id = ${projectId}`;
    return { projectId, environmentIds, featureIds };
  });

/** For what begins transactions itself: inside of one, these are parts of it. */
const inOneCommit = <T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T> =>
  sql.begin((transaction) =>
    work(
      new Proxy(transaction as unknown as Sql, {
        get: (target, property) =>
          property === 'begin'
            ? transaction.savepoint.bind(transaction)
            : (Reflect.get(target, property) as unknown),
      }),
    ),
  ) as Promise<T>;

/** Gives all of the environment's feature states a value, with the audit row in the same commit. */
export const setValues = (sql: Sql, environmentId: number, value: string): Promise<unknown> =>
  sql.begin(async (tx) => {
    await tx`
      UPDATE features_featurestatevalue SET string_value = ${value}
      WHERE feature_state_id IN (SELECT id FROM features_featurestate WHERE environment_id = ${environmentId})`;
    await recordChange(tx, environmentId);
  });

/** What makes Flagsmith write the environment's document. */
export async function recordChange(sql: ISql, environmentId: number): Promise<void> {
  const [environment] = await sql<{ project_id: number }[]>`
    SELECT project_id FROM environments_environment WHERE id = ${environmentId}`;
  if (environment) await insertAuditLog(sql, { projectId: environment.project_id, environmentId });
}

/** Renames a feature, which all of the project's documents show. */
export const renameFeature = (
  sql: Sql,
  projectId: number,
  featureId: number,
  name: string,
): Promise<unknown> =>
  sql.begin(async (tx) => {
    await tx`UPDATE features_feature SET name = ${name} WHERE id = ${featureId}`;
    await insertAuditLog(tx, { projectId, related_object_type: 'FEATURE' });
  });

export const deleteEnvironment = (sql: Sql, environmentId: number): Promise<unknown> => sql`
  UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;

export const giveKey = (sql: Sql, environmentId: number, key: string): Promise<unknown> => sql`
  UPDATE environments_environment SET api_key = ${key} WHERE id = ${environmentId}`;

/** Ends so many transactions that change nothing, none of which waits for the disk. */
export async function spendTransactions(sql: Sql, count: number): Promise<void> {
  const session = await sql.reserve();
  try {
    await session`SET synchronous_commit = off`;
    await session.unsafe(`DO $$ BEGIN
      FOR i IN 1..${count} LOOP
        PERFORM pg_current_xact_id();
        COMMIT;
      END LOOP;
    END $$`);
  } finally {
    await session`RESET synchronous_commit`;
    session.release();
  }
}

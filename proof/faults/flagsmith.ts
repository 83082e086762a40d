import type { Database, DatabaseSession } from '../../src/db/connect.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../../test/support/flagsmithData.js';
import { asSql, inOneCommit } from './rows.js';

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
  db: Database,
  { environments, features }: { environments: number; features: number },
): Promise<Shop> =>
  inOneCommit(db, async (tx) => {
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

/** Gives all of the environment's feature states a value, with the audit row in the same commit. */
export const setValues = (db: Database, environmentId: number, value: string): Promise<unknown> =>
  db.transaction(async (tx) => {
    await tx`
      UPDATE features_featurestatevalue SET string_value = ${value}
      WHERE feature_state_id IN (SELECT id FROM features_featurestate WHERE environment_id = ${environmentId})`;
    await recordChange(tx, environmentId);
  });

/** What makes Flagsmith write the environment's document. */
export async function recordChange(db: DatabaseSession, environmentId: number): Promise<void> {
  const [environment] = await db<{ project_id: number }[]>`
    SELECT project_id FROM environments_environment WHERE id = ${environmentId}`;
  if (environment) await insertAuditLog(asSql(db), { projectId: environment.project_id, environmentId });
}

/** Renames a feature, which all of the project's documents show. */
export const renameFeature = (
  db: Database,
  projectId: number,
  featureId: number,
  name: string,
): Promise<unknown> =>
  db.transaction(async (tx) => {
    await tx`UPDATE features_feature SET name = ${name} WHERE id = ${featureId}`;
    await insertAuditLog(asSql(tx), { projectId, related_object_type: 'FEATURE' });
  });

export const deleteEnvironment = (db: Database, environmentId: number): Promise<unknown> => db`
  UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;

export const giveKey = (db: Database, environmentId: number, key: string): Promise<unknown> => db`
  UPDATE environments_environment SET api_key = ${key} WHERE id = ${environmentId}`;

/** Ends hundreds of transactions that change nothing, none of which waits for the disk. */
export const spendTransactions = (db: Database): Promise<unknown> => db`
  DO $$ BEGIN
    SET synchronous_commit = off;
    FOR i IN 1..500 LOOP
      PERFORM pg_current_xact_id();
      COMMIT;
    END LOOP;
    RESET synchronous_commit;
  END $$`;

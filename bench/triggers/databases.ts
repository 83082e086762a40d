import pg from 'pg';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { plannedNetRemovals, plannedRemovals, removeAll } from '../../src/db/uninstall.js';
import { GENERATED, generateEnvironment, sizeOf } from '../document/generatedEnvironment.js';
import { copyRows } from '../frame/copyRows.js';
import { type BenchPostgres, runScript, settle } from '../frame/database.js';

/** Which of our triggers a database has: none, those of `migrate --without-net`, or the net too. */
export const TRIGGERS = ['none', 'sync', 'net'] as const;
export type Triggers = (typeof TRIGGERS)[number];

export interface TriggersDatabase {
  triggers: Triggers;
  url: string;
  /** Flagsmith's connection: each statement a transaction of its own. */
  flagsmith: pg.Client;
  /** The product's. */
  db: Database;
}

/** As many as rows in a statement of many. */
export const FEATURES = 500;
/** Of the generated environment's project, and not seeded: what is inserted is inserted here. */
export const NEW_ENVIRONMENT = 2;
/** The ids of states in the new environment that are there from the beginning, and have no value. */
export const STATES_FROM = 2_000_000;

/** Runs `work` on three databases of one server that hold the same rows. */
export async function withDatabases<T>(
  postgres: BenchPostgres,
  work: (databases: TriggersDatabase[]) => Promise<T>,
): Promise<T> {
  const template = await postgres.createDatabase('triggers');
  await generateEnvironment(template, sizeOf(FEATURES));
  await runScript(template, ADD_NEW_ENVIRONMENT);
  const databases: TriggersDatabase[] = [];
  try {
    for (const triggers of TRIGGERS) databases.push(await openCopy(postgres, triggers));
    return await work(databases);
  } finally {
    await Promise.all(databases.flatMap(({ flagsmith, db }) => [flagsmith.end(), db.end()]));
  }
}

async function openCopy(postgres: BenchPostgres, triggers: Triggers): Promise<TriggersDatabase> {
  const url = await postgres.createDatabase(`triggers_${triggers}`, { copyOf: 'triggers' });
  const db = connectDatabase(url, { applicationName: 'bench' });
  if (triggers === 'none') await removeAll(db, await plannedRemovals(db), quiet);
  if (triggers === 'sync') await removeAll(db, await plannedNetRemovals(db), quiet);
  if (triggers !== 'none') await db`DELETE FROM document_sync.outbox`;
  await settle(url);
  const flagsmith = new pg.Client({ connectionString: url });
  await flagsmith.connect();
  return { triggers, url, flagsmith, db };
}

const ADD_NEW_ENVIRONMENT = `
  ${copyRows('environments_environment', { id: `${NEW_ENVIRONMENT}`, api_key: "'new-environment'", uuid: 'gen_random_uuid()' }, `id = ${GENERATED.id}`)};
  ${copyRows('features_featurestate', { id: `${STATES_FROM} + source.id`, environment_id: `${NEW_ENVIRONMENT}`, uuid: 'gen_random_uuid()' }, `environment_id = ${GENERATED.id} AND feature_segment_id IS NULL`)}`;

const quiet = () => undefined;

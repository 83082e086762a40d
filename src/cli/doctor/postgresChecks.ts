import { connectDatabase, type Database, sqlState } from '../../db/connect.js';
import { ownerOfFeatureFlag } from '../../db/isCreatingColumn.js';
import { requireInstance } from '../../db/migrate.js';
import { type Migration, readMigrations, triggersMadeBy } from '../../db/migrations/files.js';
import { appliedNames } from '../../db/migrations/plan.js';
import { readOutboxState } from '../../db/outboxState.js';
import { readPauses } from '../../db/pausedSyncs.js';
import { READ_COLUMNS } from '../../db/readColumns.js';
import { missingInFlagsmith } from '../../db/recognizeFlagsmith.js';
import { currentOrder, StandbyError } from '../../db/snapshot.js';
import { readSourceState } from '../../db/sources.js';
import { pauseText } from '../../syncs/syncText.js';
import { resumeCommand } from '../../workflows/pause.js';
import { type Check, fail, messageOf, ok, onceReachable, warn } from './check.js';

export interface PostgresSettings {
  databaseUrl: string | undefined;
  instanceName: string;
  creationEnabled: boolean;
}

const OLDEST_VERSION = 14;
const STALE_OUTBOX_S = 60;
const CLOCK_DIFFERENCE_MS = 2_000;
const INSUFFICIENT_PRIVILEGE = '42501';
const GRANTS = 'Have the owner of the tables run what `envsync grants` prints.';

/** Their connection is closed by `end`. */
export function postgresChecks(settings: PostgresSettings): { checks: Check[]; end: () => Promise<void> } {
  const { databaseUrl } = settings;
  if (databaseUrl === undefined) {
    const unknown = () => fail('not checked', 'Set DATABASE_URL to the Flagsmith database.');
    return { checks: [{ name: 'PostgreSQL', run: unknown }], end: () => Promise.resolve() };
  }
  const db = connectDatabase(databaseUrl, {
    applicationName: 'envsync doctor',
    maxConnections: 1,
    statementTimeoutMs: 5_000,
  });
  const version = checkVersion(db);
  version.catch(() => undefined);
  const checks: Check[] = [
    { name: 'primary', run: () => checkPrimary(db) },
    { name: 'Flagsmith’s tables', run: () => checkTables(db) },
    { name: 'migrations', run: () => checkMigrations(db, settings) },
    { name: 'instance', run: () => checkInstance(db, settings.instanceName) },
    { name: 'privileges', run: () => checkPrivileges(db) },
    { name: 'triggers', run: () => checkTriggers(db) },
    { name: 'order of snapshots', run: () => checkOrder(db) },
    { name: 'cluster', run: () => checkSource(db) },
    { name: 'features_feature.is_creating', run: () => checkFeatureFlag(db, settings) },
    { name: 'pauses', run: () => checkPauses(db) },
    { name: 'outbox', run: () => checkOutbox(db) },
    { name: 'clocks', run: () => checkClocks(db) },
  ];
  return {
    checks: [
      { name: 'PostgreSQL', run: () => version.catch(tellUnreachable) },
      ...onceReachable('PostgreSQL', () => version, checks.map(tellRefusal)),
    ],
    end: () => db.end(),
  };
}

const tellUnreachable = (error: unknown) =>
  fail(
    `cannot be reached: ${messageOf(error)}`,
    'See that DATABASE_URL is right, and that the server runs and lets this machine in.',
  );

/** What PostgreSQL does not let the role do is a matter of rights, whichever check meets it. */
const tellRefusal = ({ name, run }: Check): Check => ({
  name,
  run: async () => {
    try {
      return await run();
    } catch (error) {
      if (sqlState(error) === INSUFFICIENT_PRIVILEGE) return fail(messageOf(error), GRANTS);
      throw error;
    }
  },
});

async function checkVersion(db: Database) {
  const [server] = await db<{ version: string; number: number }[]>`
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer AS number`;
  if (!server || server.number < OLDEST_VERSION * 10_000)
    return fail(`version ${server?.version ?? 'unknown'}`, `Upgrade it to ${OLDEST_VERSION} or later.`);
  return ok(`version ${server.version}`);
}

async function checkPrimary(db: Database) {
  const [standby] = await db<{ in_hot_standby: string }[]>`SHOW in_hot_standby`;
  return standby?.in_hot_standby === 'off'
    ? ok('DATABASE_URL leads to it')
    : fail('DATABASE_URL leads to a standby', 'Point it to the primary.');
}

async function checkTables(db: Database) {
  const missing = await missingInFlagsmith(db);
  return missing.length === 0
    ? ok(`recognised: ${Object.keys(READ_COLUMNS).length} tables`)
    : fail(
        `missing: ${missing.join(', ')}`,
        'See that DATABASE_URL is right and Flagsmith’s migrations have run.',
      );
}

async function checkMigrations(db: Database, { creationEnabled }: PostgresSettings) {
  const applied = await appliedNames(db);
  if (applied.size === 0) return fail('none is applied', 'Run `envsync migrate`.');
  const known = {
    baseline: await readMigrations('baseline'),
    sync: await readMigrations('sync'),
    net: await readMigrations('net'),
    creation: await readMigrations('creation'),
  };
  const missingOf = (migrations: Migration[]) => migrations.filter(({ name }) => !applied.has(name));
  const missingNet = missingOf(known.net);
  const hasNoNet = missingNet.length === known.net.length;
  const missing = [
    ...missingOf(known.sync),
    ...(hasNoNet ? [] : missingNet),
    ...(creationEnabled ? missingOf(known.creation) : []),
  ];
  if (missing.length > 0) return fail(`missing: ${namesOf(missing).join(', ')}`, 'Run `envsync migrate`.');

  const unknown = [...applied].filter((name) => !namesOf(Object.values(known).flat()).includes(name));
  if (unknown.length > 0)
    return warn(
      `unknown to this release: ${unknown.join(', ')}`,
      'A later release has prepared this database: run that one.',
    );
  return hasNoNet
    ? warn(
        'the net is left out: changes without an audit row wait for the next one',
        'Run `envsync migrate` without --without-net, unless that is meant.',
      )
    : ok(`${applied.size} applied, none missing`);
}

const namesOf = (migrations: Migration[]) => migrations.map(({ name }) => name);

async function checkInstance(db: Database, instanceName: string) {
  try {
    await requireInstance(db, instanceName);
    return ok(`"${instanceName}"`);
  } catch (error) {
    if (sqlState(error) !== undefined) throw error;
    return fail(
      messageOf(error),
      'INSTANCE_NAME is to be the name that `envsync migrate` was first run with.',
    );
  }
}

async function checkPrivileges(db: Database) {
  const lacking = await db<{ right: string }[]>`
    SELECT 'USAGE on schema document_sync' AS right
    FROM pg_catalog.pg_namespace
    WHERE nspname = 'document_sync' AND NOT has_schema_privilege(oid, 'USAGE')
    UNION ALL
    SELECT 'SELECT on ' || name
    FROM unnest(${Object.keys(READ_COLUMNS).map((table) => `public.${table}`)}::text[]) AS name
    WHERE to_regclass(name) IS NOT NULL AND NOT has_table_privilege(to_regclass(name), 'SELECT')
    UNION ALL
    SELECT format('%s on %s', right_name, pg_class.oid::regclass)
    FROM pg_catalog.pg_class, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS right_name
    WHERE relnamespace = to_regnamespace('document_sync')
      AND (relname IN ('outbox', 'alive', 'epoch', 'retired_key') OR relname = 'paused_sync' AND right_name = 'SELECT')
      AND NOT has_table_privilege(pg_class.oid, right_name)`;
  return lacking.length === 0
    ? ok('of a sync: all')
    : fail(`missing: ${lacking.map(({ right }) => right).join(', ')}`, GRANTS);
}

/** Only those that the applied migrations made. */
async function checkTriggers(db: Database) {
  const applied = await appliedNames(db);
  const migrations = [...(await readMigrations('sync')), ...(await readMigrations('net'))];
  const expected = triggersMadeBy(migrations.filter(({ name }) => applied.has(name)));
  const firing = await db<{ trigger: string }[]>`
    SELECT format('%s on %I.%I', tgname, nspname, relname) AS trigger
    FROM pg_catalog.pg_trigger
    JOIN pg_catalog.pg_class ON pg_class.oid = tgrelid
    JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
    WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')`;
  const names = new Set(firing.map(({ trigger }) => trigger));
  const silent = expected.map(({ name, table }) => `${name} on ${table}`).filter((name) => !names.has(name));
  if (expected.length === 0) return fail('there are none', 'Run `envsync migrate`.');
  return silent.length === 0
    ? ok(`${expected.length} present and enabled`)
    : fail(
        `missing or disabled: ${silent.join(', ')}`,
        'ALTER TABLE … ENABLE TRIGGER …; where one is gone, `envsync uninstall --yes` and `envsync migrate` bring it back.',
      );
}

async function checkOrder(db: Database) {
  try {
    const { order } = await currentOrder(db);
    return ok(`now at ${order}`);
  } catch (error) {
    if (sqlState(error) !== undefined) throw error;
    const remedy =
      error instanceof StandbyError ? 'Point DATABASE_URL to the primary.' : 'Run `envsync migrate`.';
    return fail(messageOf(error), remedy);
  }
}

async function checkSource(db: Database) {
  const { present, recorded } = await readSourceState(db);
  return recorded === present
    ? ok(`system identifier ${present}, as recorded`)
    : warn(
        `system identifier ${present}, and migrate recorded ${recorded ?? 'none'}`,
        'If the database was moved here for good: `envsync migrate --accept-source`.',
      );
}

async function checkFeatureFlag(db: Database, { creationEnabled }: PostgresSettings) {
  const owner = await ownerOfFeatureFlag(db);
  if (owner === 'ours')
    return ok('ours: `envsync prepare-upgrade` before a Flagsmith release that brings its own');
  if (owner === 'flagsmith') return ok('Flagsmith’s own');
  return creationEnabled
    ? fail('absent, with CREATION_ENABLED=true', 'Run `envsync migrate` with CREATION_ENABLED=true.')
    : ok('absent, and not needed without CREATION_ENABLED');
}

async function checkPauses(db: Database) {
  const pauses = await readPauses(db);
  return pauses.length === 0
    ? ok('no syncs are paused')
    : warn(
        pauses.map(pauseText).join('; '),
        `When they may go on: ${pauses.map((pause) => `\`${resumeCommand(pause)}\``).join(', ')}.`,
      );
}

async function checkOutbox(db: Database) {
  const { rows, oldestSeconds } = await readOutboxState(db);
  const found = rows === 0 ? 'empty' : `${rows} waiting, the oldest for ${Math.round(oldestSeconds)} s`;
  return oldestSeconds > STALE_OUTBOX_S
    ? warn(found, 'See that a worker runs, and whether it logs outbox.postponed or outbox.relay_failed.')
    : ok(found);
}

async function checkClocks(db: Database) {
  const askedAt = Date.now();
  const [clock] = await db<{ ms: number }[]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`;
  const differenceMs = Math.round((clock?.ms ?? 0) - (askedAt + Date.now()) / 2);
  const found = `PostgreSQL’s is ${Math.abs(differenceMs)} ms ${differenceMs < 0 ? 'behind' : 'ahead of'} this machine’s`;
  return Math.abs(differenceMs) > CLOCK_DIFFERENCE_MS
    ? warn(found, 'Have both set by NTP: what is live is judged by PostgreSQL’s clock.')
    : ok(found);
}

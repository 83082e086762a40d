import { READ_COLUMNS } from './readColumns.js';

/** Names of the two roles. A worker that runs creation workflows is a member of both. */
export interface Roles {
  sync: string;
  creation: string;
}

/** What `migrate` and operators keep: a worker only reads it. */
const BOOKKEEPING = ['migration', 'instance', 'accepted_source', 'paused_sync'];

/** Flagsmith's tables that the creation workflows insert into. */
const INSERTED = [
  ...['environments_environment', 'features_feature', 'features_featurestate', 'features_featurestatevalue'],
  ...['features_featuresegment', 'multivariate_multivariatefeatureoption'],
  ...['multivariate_multivariatefeaturestatevalue', 'feature_versioning_environmentfeatureversion'],
  'audit_auditlog',
];

/** The columns of existing rows that they change. */
const UPDATED: Record<string, string[]> = {
  environments_environment: ['is_creating', 'updated_at'],
  features_feature: ['is_creating'],
  features_featurestate: ['environment_feature_version_id'],
};

/** SQL that gives both roles what they need and nothing more; run by the owner of the tables, after each `migrate`. */
export const grantsScript = (roles: Roles): string =>
  [
    '-- Run by the owner of the tables (of document_sync too), after each `envsync migrate`.',
    ...Object.values(roles).map(createRole),
    '',
    '-- Sync: reads Flagsmith, writes to document_sync alone.',
    ...reading(roles.sync),
    '',
    "-- Creation: the creation workflows' own writes besides. A worker with CREATION_ENABLED=true logs in as a member of both.",
    ...reading(roles.creation),
    ...writing(roles.creation),
    '',
    '-- Who may pause syncs besides the owner; not for workers: GRANT INSERT, DELETE ON document_sync.paused_sync TO …;',
    '',
  ].join('\n');

const createRole = (role: string) => `DO $$
BEGIN
    IF to_regrole(${literal(identifier(role))}) IS NULL THEN CREATE ROLE ${identifier(role)} NOLOGIN; END IF;
END
$$;`;

function reading(role: string): string[] {
  const grantee = identifier(role);
  return [
    `GRANT USAGE ON SCHEMA public, document_sync TO ${grantee};`,
    `GRANT SELECT ON\n    ${Object.keys(READ_COLUMNS).map(inPublic).join(',\n    ')}\n    TO ${grantee};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA document_sync TO ${grantee};`,
    `REVOKE INSERT, UPDATE, DELETE ON ${BOOKKEEPING.map((table) => `document_sync.${table}`).join(', ')} FROM ${grantee};`,
    ...['pg_control_system()', 'pg_current_wal_lsn()', 'pg_walfile_name(pg_lsn)'].map(
      (name) => `GRANT EXECUTE ON FUNCTION pg_catalog.${name} TO ${grantee};`,
    ),
  ];
}

function writing(role: string): string[] {
  const grantee = identifier(role);
  return [
    `GRANT INSERT ON\n    ${INSERTED.map(inPublic).join(',\n    ')}\n    TO ${grantee};`,
    ...Object.entries(UPDATED).map(([table, columns]) => grantUpdate(table, columns, grantee)),
    `-- Of older installations the ids come from sequences.
DO $$
DECLARE
    ids text;
BEGIN
    FOR ids IN
        SELECT pg_get_serial_sequence('public.' || name, 'id')
        FROM unnest('{${INSERTED.join(',')}}'::text[]) AS name
        JOIN pg_attribute ON attrelid = to_regclass('public.' || name) AND attname = 'id' AND NOT attisdropped
    LOOP
        CONTINUE WHEN ids IS NULL;
        EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %I', ids, ${literal(role)});
    END LOOP;
END
$$;`,
  ];
}

/** `features_feature.is_creating` may be missing, and then no creation workflow runs. */
function grantUpdate(table: string, columns: string[], grantee: string): string {
  const grant = `GRANT UPDATE (${columns.join(', ')}) ON public.${table} TO ${grantee};`;
  if (table !== 'features_feature') return grant;
  return `DO $$
BEGIN
    ${grant}
EXCEPTION WHEN undefined_column THEN
    RAISE NOTICE 'features_feature.is_creating is not there: run this again once it is';
END
$$;`;
}

const inPublic = (table: string) => `public.${table}`;
const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

import assert from 'node:assert/strict';
import { useDatabase } from '../support/database.js';
import { insertRow, insertRows, type Rows } from './changedRows.js';
import { describeCases, nothing, ofProject, ofV1, ofV2, type SourceCase, updates } from './sourceCases.js';

const ENVIRONMENT = 'environments_environment';
const VERSION = 'feature_versioning_environmentfeatureversion';

const environmentCases: SourceCase[] = [
  ...updates(ENVIRONMENT, 'v1', ofV1(ENVIRONMENT), [
    "name = 'Staging'",
    "api_key = 'another'",
    'allow_client_traits = NOT allow_client_traits',
    'hide_sensitive_data = NOT hide_sensitive_data',
    'hide_disabled_flags = true',
    'use_mv_v2_evaluation = NOT use_mv_v2_evaluation',
    'use_identity_overrides_in_local_eval = NOT use_identity_overrides_in_local_eval',
    'use_v2_feature_versioning = true',
    'first_evaluated_at = now()',
    'deleted_at = now()',
  ]),
  ...updates(ENVIRONMENT, 'v1', nothing, [
    'name = name, hide_disabled_flags = hide_disabled_flags',
    'updated_at = now()',
    'is_creating = true',
    "description = 'changed', banner_text = 'changed', minimum_change_request_approvals = 2",
  ]),
  ...updates(ENVIRONMENT, 'deleted', nothing, ["name = 'Gone'", "deleted_at = deleted_at + interval '1 s'"]),
  {
    change: 'an environment evaluated for the first time a second time',
    statements: ({ v1 }) => `
      UPDATE ${ENVIRONMENT} SET first_evaluated_at = now() WHERE id = ${v1}; DELETE FROM document_sync.outbox;
      UPDATE ${ENVIRONMENT} SET first_evaluated_at = now() + interval '1 day' WHERE id = ${v1}`,
    records: nothing,
  },
  {
    change: 'an environment no longer evaluated',
    statements: ({ v1 }) => `
      UPDATE ${ENVIRONMENT} SET first_evaluated_at = now() WHERE id = ${v1}; DELETE FROM document_sync.outbox;
      UPDATE ${ENVIRONMENT} SET first_evaluated_at = NULL WHERE id = ${v1}`,
    records: ofV1(ENVIRONMENT),
  },
  {
    change: 'an environment that moves to another project',
    statements: ({ v1 }) =>
      `UPDATE ${ENVIRONMENT} SET project_id = (SELECT max(id) FROM projects_project) WHERE id = ${v1}`,
    records: ({ project, v1 }) => inBothProjects(project, { environment_id: v1, source: ENVIRONMENT }),
  },
  {
    change: 'an environment whose row is deleted',
    statements: ({ v1 }) => `DELETE FROM ${ENVIRONMENT} WHERE id = ${v1}`,
    records: ofV1(ENVIRONMENT),
  },
  ...['false', 'true'].map((isCreating) => ({
    change: `a new environment, is_creating ${isCreating}`,
    statements: ({ v1 }: Rows) => `
      INSERT INTO ${ENVIRONMENT} SELECT (json_populate_record(environment, json_build_object(
        'id', 1000, 'api_key', 'new', 'uuid', gen_random_uuid(), 'is_creating', ${isCreating}))).*
      FROM ${ENVIRONMENT} AS environment WHERE id = ${v1}`,
    records: ({ project }: Rows) => [{ project_id: project, environment_id: 1000, source: ENVIRONMENT }],
  })),
];

const projectCases: SourceCase[] = [
  ...updates('projects_project', 'project', ofProject('projects_project'), [
    "name = 'Another'",
    'hide_disabled_flags = NOT hide_disabled_flags',
    'enable_realtime_updates = NOT enable_realtime_updates',
    'enable_dynamo_db = NOT enable_dynamo_db',
    "identity_overrides_v2_migration_status = 'IN_PROGRESS'",
    'organisation_id = (SELECT max(id) FROM organisations_organisation)',
  ]),
  ...updates('projects_project', 'project', nothing, [
    'name = name',
    'deleted_at = now()',
    'prevent_flag_defaults = true, stale_flags_limit_days = 7, edge_v2_migration_read_capacity_budget = 1',
  ]),
];

const organisationCases: SourceCase[] = [
  ...updates('organisations_organisation', 'organisation', ofProject('organisations_organisation'), [
    "name = 'Another'",
    'feature_analytics = true',
    'stop_serving_flags = true',
    'persist_trait_data = false',
  ]),
  ...updates('organisations_organisation', 'organisation', nothing, [
    'name = name',
    'alerted_over_plan_limit = true, block_access_to_admin = true',
  ]),
  {
    change: 'an organisation of two projects',
    statements: ({ organisation }) => `
      UPDATE projects_project SET organisation_id = ${organisation}; DELETE FROM document_sync.outbox;
      UPDATE organisations_organisation SET name = 'Another'`,
    records: ({ project }) =>
      inBothProjects(project, { environment_id: null, source: 'organisations_organisation' }),
  },
  {
    change: 'the end of a subscription',
    statements: ({ organisation }) =>
      `DELETE FROM organisations_subscription WHERE organisation_id = ${organisation}`,
    records: ofProject('organisations_subscription'),
  },
  {
    change: 'a new subscription',
    statements: ({ organisation }) => `
      DELETE FROM organisations_subscription; DELETE FROM document_sync.outbox;
      INSERT INTO organisations_subscription (organisation_id, max_seats, max_api_calls, uuid)
      VALUES (${organisation}, 1, 1, gen_random_uuid())`,
    records: ofProject('organisations_subscription'),
  },
  {
    change: "a subscription's plan",
    statements: () => "UPDATE organisations_subscription SET plan = 'scale-up', max_seats = 20",
    records: nothing,
  },
];

const versionCases: SourceCase[] = [
  ...updates(VERSION, 'draftVersion', ofV2(VERSION), [
    'published_at = now(), live_from = now()',
    "published_at = now(), live_from = now() + interval '1 day'",
  ]),
  ...updates(VERSION, 'draftVersion', nothing, ["description = 'changed'", 'deleted_at = now()']),
  ...updates(VERSION, 'publishedVersion', ofV2(VERSION), [
    "live_from = live_from - interval '1 hour'",
    'deleted_at = now()',
    'published_at = NULL',
  ]),
  ...updates(VERSION, 'publishedVersion', nothing, [
    'live_from = live_from',
    "description = 'changed', updated_at = now()",
  ]),
  {
    change: 'a new draft version',
    statements: ({ v2, feature }) => insertVersion(v2, feature, 'NULL'),
    records: nothing,
  },
  {
    change: 'a new published version',
    statements: ({ v2, feature }) => insertVersion(v2, feature, 'now()'),
    records: ofV2(VERSION),
  },
  {
    change: 'a published version in an environment that does not use versions yet',
    statements: ({ v1, feature }) => insertVersion(v1, feature, 'now()'),
    records: nothing,
  },
];

const insertVersion = (environmentId: number, featureId: number, publishedAt: string) => `
  INSERT INTO ${VERSION} (uuid, created_at, updated_at, environment_id, feature_id, published_at, live_from)
  VALUES (gen_random_uuid(), now(), now(), ${environmentId}, ${featureId}, ${publishedAt}, ${publishedAt})`;

const inBothProjects = (first: number, change: { environment_id: number | null; source: string }) =>
  [first, first + 1].map((project_id) => ({ project_id, ...change }));

describeCases("a change of an environment's own row", environmentCases);
describeCases('a change of a project', projectCases);
describeCases('a change of an organisation', organisationCases);
describeCases('a change of a feature version', versionCases);

describe('a change that leaves no audit row', () => {
  const database = useDatabase({ template: 'migrated' });

  it('is due at once', async () => {
    const rows = await insertRows(database.sql);
    await database.sql`DELETE FROM document_sync.outbox`;
    await insertRow(database.sql, 'webhook_webhookconfiguration', {
      ...{ environment_id: rows.v1, url: 'https://example.com', secret: '' },
    });
    const due = await database.sql`SELECT due_at <= clock_timestamp() AS due FROM document_sync.outbox`;
    assert.deepEqual([...due], [{ due: true }]);
  });
});

import { describeCases, nothing, ofProject, ofV1, ofV2, type SourceCase } from './sourceCases.js';

const STATE = 'features_featurestate';
const VERSION = 'feature_versioning_environmentfeatureversion';

/** What Flagsmith itself writes documents for although it leaves no audit row. */
const withoutAuditRow: SourceCase[] = [
  {
    change: 'a project saved with another name: every column is set, one changes',
    statements: ({ project }) => `
      UPDATE projects_project SET name = 'Another', organisation_id = organisation_id,
        hide_disabled_flags = hide_disabled_flags, enable_dynamo_db = enable_dynamo_db,
        prevent_flag_defaults = prevent_flag_defaults, enable_realtime_updates = enable_realtime_updates
      WHERE id = ${project}`,
    records: ofProject('projects_project'),
  },
  {
    change: 'an integration of an environment saved',
    statements: ({ v1 }) => `
      INSERT INTO heap_heapconfiguration (uuid, environment_id, base_url, api_key)
      VALUES (gen_random_uuid(), ${v1}, NULL, 'key')`,
    records: ofV1('heap_heapconfiguration'),
  },
  {
    change: 'the webhook integration of an environment saved',
    statements: ({ v1 }) => `
      INSERT INTO webhook_webhookconfiguration (uuid, environment_id, url, secret)
      VALUES (gen_random_uuid(), ${v1}, 'https://example.com', '')`,
    records: ofV1('webhook_webhookconfiguration'),
  },
  {
    change: "an environment's api_key changed",
    statements: ({ v1 }) => `UPDATE environments_environment SET api_key = 'another' WHERE id = ${v1}`,
    records: ofV1('environments_environment'),
  },
  {
    change: 'the first evaluation of an environment by an SDK',
    statements: ({ v1 }) => `
      UPDATE environments_environment SET first_evaluated_at = now(), first_evaluated_sdk_label = 'nodejs'
      WHERE id = ${v1} AND first_evaluated_at IS NULL`,
    records: ofV1('environments_environment'),
  },
  {
    change: "an organisation's stop_serving_flags changed",
    statements: ({ organisation }) =>
      `UPDATE organisations_organisation SET stop_serving_flags = true WHERE id = ${organisation}`,
    records: ofProject('organisations_organisation'),
  },
  {
    change: 'a version published, or the change request committed that holds it',
    statements: ({ draftVersion }) => `
      UPDATE ${VERSION} SET published_at = now(), live_from = now(), updated_at = now() WHERE uuid = '${draftVersion}'`,
    records: ofV2(VERSION),
  },
  {
    change: 'the rollout of an experiment: new shares for the options of a live state',
    statements: ({ live }) => `
      UPDATE multivariate_multivariatefeaturestatevalue SET percentage_allocation = 50 WHERE feature_state_id = ${live}`,
    records: ofV1('multivariate_multivariatefeaturestatevalue'),
  },
];

/** What is in documents, and changes in Flagsmith without any being written. */
const triggersNothing: SourceCase[] = [
  ...["name = 'Another'", 'feature_analytics = true', 'persist_trait_data = false'].map(
    (set): SourceCase => ({
      change: `an organisation's ${set}`,
      statements: ({ organisation }) =>
        `UPDATE organisations_organisation SET ${set} WHERE id = ${organisation}`,
      records: ofProject('organisations_organisation'),
    }),
  ),
  {
    change: 'the end of an asynchronous clone',
    statements: ({ v1 }) => `
      UPDATE environments_environment SET is_creating = true WHERE id = ${v1};
      UPDATE environments_environment SET is_creating = false WHERE id = ${v1}`,
    records: ofV1('seeding_finished'),
  },
  {
    change: 'enabling v2 versioning: versions, the states linked to them, and the switch last',
    statements: ({ v1, feature, live }) => `
      INSERT INTO ${VERSION} (uuid, created_at, updated_at, environment_id, feature_id, published_at, live_from)
      VALUES ('00000000-0000-4000-8000-000000000000', now(), now(), ${v1}, ${feature}, now(), now());
      UPDATE ${STATE} SET environment_feature_version_id = '00000000-0000-4000-8000-000000000000' WHERE id = ${live};
      UPDATE environments_environment SET use_v2_feature_versioning = true WHERE id = ${v1}`,
    records: (rows) => [...ofV1('environments_environment')(rows), ...ofV1(STATE)(rows)],
  },
  {
    change: "a state's value set by a task, a command or SQL",
    statements: ({ live }) =>
      `UPDATE features_featurestatevalue SET string_value = 'new' WHERE feature_state_id = ${live}`,
    records: ofV1('features_featurestatevalue'),
  },
  {
    change: "priorities shifted by another override's move",
    statements: ({ v1 }) =>
      `UPDATE features_featuresegment SET priority = priority + 1 WHERE environment_id = ${v1}`,
    records: ofV1('features_featuresegment'),
  },
  {
    change: 'the state of a pair of environment and feature that Flagsmith lost, seeded later',
    statements: ({ v1, feature }) => `
      INSERT INTO ${STATE}
        (environment_id, feature_id, enabled, version, live_from, created_at, updated_at, uuid)
      VALUES (${v1}, ${feature}, false, 1, now(), now(), now(), gen_random_uuid())`,
    records: ofV1(STATE),
  },
  {
    change: 'the states of a v1 environment updated in bulk',
    statements: ({ v1 }) => `UPDATE ${STATE} SET enabled = NOT enabled WHERE environment_id = ${v1}`,
    records: ofV1(STATE),
  },
];

/** Steps of Flagsmith's actions that change no document: a sync for each would be for nothing. */
const changesNoDocument: SourceCase[] = [
  {
    change: "an audit row's update of its environment",
    statements: ({ v1 }) => `UPDATE environments_environment SET updated_at = now() WHERE id = ${v1}`,
    records: nothing,
  },
  {
    change: 'a draft version with the states copied into it, edited',
    statements: ({ draft, draftVersion }) => `
      UPDATE ${VERSION} SET updated_at = now() WHERE uuid = '${draftVersion}';
      UPDATE ${STATE} SET enabled = NOT enabled WHERE id = ${draft};
      UPDATE features_featurestatevalue SET string_value = 'new' WHERE feature_state_id = ${draft}`,
    records: nothing,
  },
  {
    change: 'the state of an identity, switched and given another value',
    statements: ({ identityOverride }) => `
      UPDATE ${STATE} SET enabled = NOT enabled WHERE id = ${identityOverride};
      UPDATE features_featurestatevalue SET string_value = 'new' WHERE feature_state_id = ${identityOverride}`,
    records: nothing,
  },
  {
    change: 'the revision that an update of a segment leaves behind',
    statements: ({ segment }) => `
      INSERT INTO segments_segment (name, project_id, uuid, version_of_id, is_system_segment, managed_by)
      SELECT name, project_id, gen_random_uuid(), id, false, '' FROM segments_segment WHERE id = ${segment};
      INSERT INTO segments_segmentrule (type, segment_id, uuid)
      SELECT 'ALL', max(id), gen_random_uuid() FROM segments_segment`,
    records: nothing,
  },
];

describeCases('what Flagsmith writes documents for without an audit row', withoutAuditRow);
describeCases('what changes documents and triggers nothing in Flagsmith', triggersNothing);
describeCases("a step of Flagsmith's that changes no document", changesNoDocument);

import type { Action } from '../action.js';
import { featureSegment, insert, now, stateAndValue } from '../rows.js';
import { apiKeyOf, type Stage } from '../stage.js';
import { deletionOf } from './environments.js';
import { featureDeletion } from './features.js';
import { segmentDeletion } from './segments.js';

/**
 * What Flagsmith writes documents for without an audit row. Its command to write them once more, in Django's admin,
 * changes nothing: of that a database cannot tell.
 */
export const settings: Action[] = [
  ...["name = 'Store'", 'hide_disabled_flags = true', 'enable_realtime_updates = true'].map(
    (set): Action => ({
      name: `saving a project with ${set}`,
      on: 'v1',
      replay: ({ project }) => ({ steps: [[`UPDATE projects_project SET ${set} WHERE id = ${project}`]] }),
    }),
  ),
  {
    name: 'letting a project use DynamoDB',
    on: 'v1',
    project: { enable_dynamo_db: false },
    replay: ({ project }) => ({
      steps: [[`UPDATE projects_project SET enable_dynamo_db = true WHERE id = ${project}`]],
    }),
  },
  {
    name: 'completing the migration of identity overrides',
    on: 'v1',
    project: { identity_overrides_v2_migration_status: 'IN_PROGRESS' },
    replay: ({ project }) => ({
      steps: [
        [
          `UPDATE projects_project SET identity_overrides_v2_migration_status = 'COMPLETE'
          WHERE id = ${project}`,
        ],
      ],
    }),
  },
  {
    name: 'deleting a project',
    on: 'both',
    replay: (stage) => ({
      steps: [
        [`UPDATE projects_project SET deleted_at = clock_timestamp() WHERE id = ${stage.project}`],
        ...[deletionOf(stage.v1), deletionOf(stage.v2)],
        ...[...segmentDeletion(stage.pros), ...segmentDeletion(stage.novices), ...featureDeletion(stage)],
      ],
    }),
  },
  {
    name: 'saving the integrations and the webhook of an environment',
    on: 'v1',
    replay: (stage) => ({ steps: [integrationsOf(stage)] }),
  },
  {
    name: 'changing and removing integrations of an environment',
    on: 'v1',
    replay: (stage) => ({
      steps: [
        integrationsOf(stage),
        [`UPDATE heap_heapconfiguration SET api_key = 'other' WHERE environment_id = ${stage.v1.id}`],
        [`UPDATE webhook_webhookconfiguration SET deleted_at = now() WHERE environment_id = ${stage.v1.id}`],
        [`DELETE FROM amplitude_amplitudeconfiguration WHERE environment_id = ${stage.v1.id}`],
      ],
    }),
  },
  {
    name: 'changing the key of an environment',
    on: 'v1',
    replay: ({ v1 }) => ({
      steps: [[`UPDATE environments_environment SET api_key = 'new-${apiKeyOf(v1.id)}' WHERE id = ${v1.id}`]],
    }),
  },
  {
    name: 'evaluating the flags of an environment for the first time',
    on: 'v2',
    replay: ({ v2 }) => ({
      steps: [
        [
          `UPDATE environments_environment
          SET first_evaluated_at = clock_timestamp(), first_evaluated_sdk_label = 'js' WHERE id = ${v2.id}`,
        ],
      ],
    }),
  },
  {
    name: 'stopping an organisation from being served flags',
    on: 'v1',
    replay: ({ organisation }) => ({
      steps: [[`UPDATE organisations_organisation SET stop_serving_flags = true WHERE id = ${organisation}`]],
    }),
  },
  {
    name: 'rolling out an experiment',
    on: 'v1',
    replay: (stage) => ({ steps: [rolloutOf(stage)] }),
  },
];

const KEYED = [
  'amplitude_amplitudeconfiguration',
  'heap_heapconfiguration',
  'mixpanel_mixpanelconfiguration',
  'rudderstack_rudderstackconfiguration',
  'segment_segmentconfiguration',
] as const;

const integrationsOf = ({ v1: { id } }: Stage): string[] => [
  ...KEYED.map((table) =>
    insert(table, { environment_id: id, api_key: 'secret', base_url: 'https://example.com' }),
  ),
  insert('webhook_webhookconfiguration', { environment_id: id, url: 'https://example.com', secret: '' }),
];

/** A segment of Flagsmith's own for one feature, with a rule, and an override for it. */
function rolloutOf(stage: Stage): string[] {
  const [segment, rule, override, state] = [stage.newId(), stage.newId(), stage.newId(), stage.newId()];
  const { id: environment } = stage.v1;
  const feature = stage.size;
  return [
    insert('segments_segment', {
      ...{ id: segment, project_id: stage.project, name: 'Rollout', feature_id: feature, version: 1 },
      ...{ version_of_id: segment, is_system_segment: true },
    }),
    insert('segments_segmentrule', { id: rule, segment_id: segment, type: 'ALL' }),
    insert('segments_condition', { rule_id: rule, operator: 'PERCENTAGE_SPLIT', value: '50' }),
    featureSegment(environment, { id: override, feature, segment, priority: 0 }),
    ...stateAndValue({
      ...{ id: state, environment, feature, featureSegment: override },
      ...{ value: 'XS', version: 1, liveFrom: now },
    }),
  ];
}

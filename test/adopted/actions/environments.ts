import { type Action, A_SECOND, anything, auditOf, auditStatements, type Step } from '../action.js';
import { Expression, featureVersion, insert, now } from '../rows.js';
import { apiKeyOf, copyOf, rowsOfState, type Stage, type StagedEnvironment, statesOf } from '../stage.js';

export const environments: Action[] = [
  ...[false, true].map((isV2): Action => ({
    name: `creating an environment under ${isV2 ? 'v2' : 'v1'} versioning`,
    on: 'v1',
    replay: (stage) => {
      const { environment, rows } = newEnvironment(stage, isV2);
      return {
        steps: [rows],
        audit: [{ ...auditOf(stage, 'ENVIRONMENT'), environment }],
        promises: [{ environment, shows: anything }],
      };
    },
  })),
  ...(['v1', 'v2'] as const).flatMap((versioning): Action[] => [
    {
      name: `cloning an environment within the request, under ${versioning} versioning`,
      on: versioning,
      replay: (stage) => {
        const { clone, row, copies, end } = cloneOf(stage, stage[versioning]);
        const audit = { ...auditOf(stage, 'ENVIRONMENT'), environment: clone };
        return {
          steps: [row, ...copies, end],
          flagged: true,
          audit: [audit, audit],
          promises: [{ environment: clone, shows: anything, notBefore: 'last step' }],
        };
      },
    },
    {
      // The task behind the request waits its turn, and leaves no audit row.
      name: `cloning an environment by a task, under ${versioning} versioning`,
      on: versioning,
      replay: (stage) => {
        const { clone, row, copies, end } = cloneOf(stage, stage[versioning]);
        const audit = { ...auditOf(stage, 'ENVIRONMENT'), environment: clone };
        return {
          steps: [
            ...[row, ...copies.slice(0, 3)],
            ...([A_SECOND, auditStatements(audit, aSecondAgo)] satisfies Step[]),
            ...[...copies.slice(3), end],
          ],
          flagged: true,
          promises: [{ environment: clone, shows: anything, notBefore: 'last step' }],
        };
      },
    },
  ]),
  {
    name: 'deleting an environment under v1 versioning',
    on: 'v1',
    replay: (stage) => ({
      steps: [deletionOf(stage.v1)],
      // Of its states, none of its own.
      audit: statesOf(stage.v1).map(() => auditOf(stage, 'FEATURE_STATE', stage.v1)),
    }),
  },
  {
    name: 'deleting an environment under v2 versioning',
    on: 'v2',
    replay: (stage) => ({ steps: [deletionOf(stage.v2)] }),
  },
];

const aSecondAgo = new Expression("clock_timestamp() - interval '1 s'");

/** The rows of an environment with the defaults of the stage's features, all visible at once. */
export function newEnvironment(stage: Stage, isV2: boolean): { environment: number; rows: string[] } {
  const environment = stage.newId();
  const versions = isV2 ? newVersions(stage) : undefined;
  const columns = { project_id: stage.project, name: 'New', api_key: apiKeyOf(environment) };
  return {
    environment,
    rows: [
      insert('environments_environment', {
        ...{ id: environment, ...columns, use_v2_feature_versioning: isV2 },
      }),
      ...versionRows(environment, versions).map(({ row }) => row),
      ...[stage.v1.colour, stage.v1.size].flatMap((state) =>
        rowsOfState(copyOf(state), { id: environment, versions }, now),
      ),
    ],
  };
}

/** With `created_date`: an environment that seems old is held by nothing but its flag. */
const CLONED_COLUMNS = [
  ...['created_date', 'updated_at', 'project_id', 'webhooks_enabled', 'allow_client_traits'],
  ...['hide_disabled_flags', 'use_mv_v2_evaluation', 'hide_sensitive_data', 'use_v2_feature_versioning'],
  'use_identity_overrides_in_local_eval',
].join(', ');

function cloneOf(stage: Stage, source: StagedEnvironment) {
  const clone = stage.newId();
  const versions = source.versions && newVersions(stage);
  const states = statesOf(source);
  return {
    clone,
    row: [
      `INSERT INTO environments_environment (id, uuid, name, api_key, is_creating, ${CLONED_COLUMNS})
      SELECT ${clone}, gen_random_uuid(), 'Clone', '${apiKeyOf(clone)}', true, ${CLONED_COLUMNS}
      FROM environments_environment WHERE id = ${source.id}`,
    ],
    copies: states.flatMap((state, i) => {
      const isFirstOfFeature = states.findIndex(({ feature }) => feature === state.feature) === i;
      const version = versionRows(clone, versions).filter(({ feature }) => feature === state.feature);
      const rows = rowsOfState(copyOf(state), { id: clone, versions }, now, state.id);
      return [...(isFirstOfFeature ? version.map(({ row }) => row) : []), ...rows].map((row) => [row]);
    }),
    end: [`UPDATE environments_environment SET is_creating = false WHERE id = ${clone}`],
  };
}

const newVersions = ({ colour, size }: Stage) =>
  new Map([colour, size].map((feature) => [feature, crypto.randomUUID()]));

const versionRows = (environment: number, versions: Map<number, string> | undefined) =>
  [...(versions ?? [])].map(([feature, uuid]) => ({
    feature,
    row: featureVersion({ uuid, environment, feature }, now),
  }));

/** All at once. */
export const deletionOf = ({ id }: StagedEnvironment): string[] => [
  `DELETE FROM multivariate_multivariatefeaturestatevalue WHERE feature_state_id IN
    (SELECT id FROM features_featurestate WHERE environment_id = ${id})`,
  `UPDATE features_featurestatevalue SET deleted_at = clock_timestamp() WHERE feature_state_id IN
    (SELECT id FROM features_featurestate WHERE environment_id = ${id})`,
  ...['features_featurestate', 'feature_versioning_environmentfeatureversion'].map(
    (table) => `UPDATE ${table} SET deleted_at = clock_timestamp() WHERE environment_id = ${id}`,
  ),
  ...['environments_environmentapikey', 'environments_webhook'].map(
    (table) => `DELETE FROM ${table} WHERE environment_id = ${id}`,
  ),
  `UPDATE environments_environment SET deleted_at = clock_timestamp() WHERE id = ${id}`,
];

import type { Branch, NumberText } from '../../properties/reference/tree.js';
import { type Action, auditOf, type AuditRow, partOf } from '../action.js';
import { featureVersion, insert, now, option, share, stateAndValue } from '../rows.js';
import type { Stage } from '../stage.js';

export const features: Action[] = [
  {
    name: 'creating a standard feature, in environments under v1 and v2 versioning',
    on: 'both',
    replay: (stage) => {
      const { feature, rows } = newFeature(stage, 'STANDARD');
      return {
        steps: [rows],
        audit: creationAudit(stage),
        promises: ofBothEnvironments(stage, feature),
      };
    },
  },
  ...[1, 4].map((count): Action => ({
    // No flag tells of what is still to come. Promised is that the feature is seen whole from its first document on if
    // its options follow each other within the second that lies between two looks, and all within the bound on looks:
    // a creator that pauses for longer is not told from one that is done.
    name: `creating a multivariate feature with ${count} option${count === 1 ? '' : 's'}`,
    on: 'both',
    replay: (stage) => {
      const { feature, states, rows } = newFeature(stage, 'MULTIVARIATE');
      const options = Array.from({ length: count }, (_, i) => {
        const id = stage.newId();
        return [option(id, feature, `option ${i}`, 10), ...states.map((state) => share(state, id, 10))];
      });
      return {
        steps: [rows, ...options],
        audit: [...creationAudit(stage), ...options.map(() => auditOf(stage, 'FEATURE'))],
        promises: ofBothEnvironments(stage, feature),
      };
    },
  })),
  {
    name: 'deleting a feature',
    on: 'both',
    replay: (stage) => ({
      steps: featureDeletion(stage),
      audit: [auditOf(stage, 'FEATURE_STATE', stage.v1), auditOf(stage, 'FEATURE')],
    }),
  },
];

/** A feature with its states in the stage's environments, all visible at once: without its options. */
export function newFeature(stage: Stage, type: 'STANDARD' | 'MULTIVARIATE') {
  const [feature, inV1, inV2] = [stage.newId(), stage.newId(), stage.newId()];
  const version = { uuid: crypto.randomUUID(), environment: stage.v2.id, feature };
  const state = { feature, value: 'initial' };
  return {
    feature,
    states: [inV1, inV2],
    rows: [
      insert('features_feature', {
        ...{
          id: feature,
          project_id: stage.project,
          name: `feature ${feature}`,
          initial_value: 'initial',
          type,
        },
      }),
      ...stateAndValue({ ...state, id: inV1, environment: stage.v1.id, version: 1, liveFrom: now }),
      featureVersion(version, now),
      ...stateAndValue({
        ...{ ...state, id: inV2, environment: stage.v2.id, version: 1, featureVersion: version.uuid },
      }),
    ],
  };
}

/** Of the states only those under v1 versioning leave one, which asks for no document. */
const creationAudit = (stage: Stage): AuditRow[] => [
  auditOf(stage, 'FEATURE'),
  { ...auditOf(stage, 'FEATURE_STATE', stage.v1), skipSignals: 'send_environments_to_dynamodb' },
];

const ofBothEnvironments = ({ v1, v2 }: Stage, feature: number) =>
  [v1.id, v2.id].map((environment) => ({
    environment,
    shows: (document: Branch) =>
      partOf(document, 'feature_states').some(
        (state) => ((state['feature'] as Branch)['id'] as NumberText).text === String(feature),
      ),
  }));

/** One row after the other: documents in between may have the feature, or some of it. */
export const featureDeletion = ({ size, v1, v2 }: Stage): string[][] => [
  [`UPDATE features_feature SET deleted_at = clock_timestamp() WHERE id = ${size}`],
  ...[v1.size, v2.size].flatMap(({ id }) => [
    [`UPDATE features_featurestate SET deleted_at = clock_timestamp() WHERE id = ${id}`],
    [`UPDATE features_featurestatevalue SET deleted_at = clock_timestamp() WHERE feature_state_id = ${id}`],
    [`DELETE FROM multivariate_multivariatefeaturestatevalue WHERE feature_state_id = ${id}`],
  ]),
  [`DELETE FROM multivariate_multivariatefeatureoption WHERE feature_id = ${size}`],
  [
    `UPDATE feature_versioning_environmentfeatureversion SET deleted_at = clock_timestamp()
    WHERE feature_id = ${size}`,
  ],
];

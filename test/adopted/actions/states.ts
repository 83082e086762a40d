import type { Branch } from '../../properties/reference/tree.js';
import { type Action, auditOf, partOf } from '../action.js';
import { changeRequest, featureSegment, now, stateAndValue } from '../rows.js';
import type { Stage, StagedState } from '../stage.js';

/** Under v1 versioning, where states are updated in place. */
export const states: Action[] = [
  {
    // A document in between has the new value and the old switch: nothing tells that more is to come.
    name: 'updating a feature state',
    on: 'v1',
    replay: (stage) => ({
      steps: updateOf(stage.v1.colour, 'blue'),
      audit: [auditOf(stage, 'FEATURE_STATE', stage.v1), auditOf(stage, 'FEATURE_STATE', stage.v1)],
    }),
  },
  {
    name: 'committing a change request',
    on: 'v1',
    replay: (stage) => {
      const { state, request, drafted } = draft(stage);
      return {
        steps: [...drafted, commitOf(request), [`${goesLive} clock_timestamp() WHERE id = ${state}`]],
        audit: [
          ...[auditOf(stage, 'CHANGE_REQUEST', stage.v1), auditOf(stage, 'CHANGE_REQUEST', stage.v1)],
          auditOf(stage, 'FEATURE_STATE', stage.v1),
        ],
      };
    },
  },
  {
    name: 'committing a change request that is scheduled',
    on: 'v1',
    replay: (stage) => {
      const { state, request, drafted } = draft(stage);
      const liveFrom = soon();
      return {
        steps: [
          ...drafted,
          commitOf(request),
          [`${goesLive} '${liveFrom.toISOString()}' WHERE id = ${state}`],
        ],
        audit: [
          ...[auditOf(stage, 'CHANGE_REQUEST', stage.v1), auditOf(stage, 'CHANGE_REQUEST', stage.v1)],
          { ...auditOf(stage, 'FEATURE_STATE', stage.v1), wentLiveAt: liveFrom },
        ],
        promises: [{ environment: stage.v1.id, shows: valueIs('drafted'), notBefore: liveFrom }],
      };
    },
  },
  {
    // Documents in between have it without the value that it is created for.
    name: 'creating a segment override',
    on: 'v1',
    replay: (stage) => {
      const [override, state] = [stage.newId(), stage.newId()];
      const place = { environment: stage.v1.id, feature: stage.size };
      const [stateRow, valueRow] = stateAndValue({
        ...{ ...place, id: state, value: 'M', version: 1, liveFrom: now, featureSegment: override },
      });
      return {
        steps: [
          [
            featureSegment(stage.v1.id, {
              ...{ id: override, feature: stage.size, segment: stage.pros.id, priority: 0 },
            }),
          ],
          [stateRow, valueRow],
          [`UPDATE features_featurestatevalue SET string_value = 'XXL' WHERE feature_state_id = ${state}`],
        ],
        audit: [auditOf(stage, 'FEATURE_STATE', stage.v1)],
      };
    },
  },
  {
    name: 'updating a segment override',
    on: 'v1',
    replay: (stage) => ({
      steps: updateOf(stage.v1.pros, 'platinum'),
      audit: [auditOf(stage, 'FEATURE_STATE', stage.v1)],
    }),
  },
  {
    name: 'deleting a segment override',
    on: 'v1',
    replay: (stage) => ({
      steps: [overrideDeletion(stage.v1.pros.id, stage.v1.pros.override.id)],
      audit: [auditOf(stage, 'FEATURE', stage.v1)],
    }),
  },
  {
    name: 'reordering the priorities of segment overrides',
    on: 'v1',
    replay: (stage) => ({
      steps: [
        [`UPDATE features_featuresegment SET priority = 1 WHERE id = ${stage.v1.pros.override.id}`],
        [`UPDATE features_featuresegment SET priority = 0 WHERE id = ${stage.v1.novices.override.id}`],
      ],
      audit: [auditOf(stage, 'FEATURE', stage.v1)],
    }),
  },
];

/** Late enough for what is scheduled to be read before it is live. */
export const soon = () => new Date(Date.now() + 6_000);

export const valueIs = (value: string) => (document: Branch) =>
  partOf(document, 'feature_states').some((state) => state['feature_state_value'] === value);

const updateOf = ({ id }: StagedState, value: string): string[][] => [
  [`UPDATE features_featurestatevalue SET string_value = '${value}' WHERE feature_state_id = ${id}`],
  [`UPDATE features_featurestate SET enabled = false, updated_at = clock_timestamp() WHERE id = ${id}`],
];

const goesLive = 'UPDATE features_featurestate SET version = 2, live_from =';

function draft(stage: Stage) {
  const [state, request] = [stage.newId(), stage.newId()];
  const place = { environment: stage.v1.id, feature: stage.colour };
  const rows = stateAndValue({ ...place, id: state, value: 'drafted', changeRequest: request });
  return {
    ...{ state, request },
    drafted: [[changeRequest(request, stage.project, stage.v1.id)], ...rows.map((row) => [row])],
  };
}

export const commitOf = (request: number) => [
  `UPDATE workflows_core_changerequest SET committed_at = clock_timestamp() WHERE id = ${request}`,
];

/** All at once. */
const overrideDeletion = (state: number, override: number): string[] => [
  `DELETE FROM features_featurestatevalue WHERE feature_state_id = ${state}`,
  `DELETE FROM features_featurestate WHERE id = ${state}`,
  `DELETE FROM features_featuresegment WHERE id = ${override}`,
];

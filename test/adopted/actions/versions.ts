import { type Action, auditOf, auditStatements } from '../action.js';
import { changeRequest, featureVersion, now } from '../rows.js';
import { copyOf, rowsOfState, type Stage, type StagedState } from '../stage.js';
import { commitOf, soon, valueIs } from './states.js';

/** Under v2 versioning, where a version of a feature carries its states. */
export const versions: Action[] = [
  {
    name: 'drafting a version and editing the draft',
    on: 'v2',
    replay: (stage) => {
      const { created, edited } = draft(stage);
      return {
        steps: [created, ...edited],
        // What no last document shows, none may have shown.
        promises: [{ environment: stage.v2.id, shows: valueIs('drafted') }],
      };
    },
  },
  {
    name: 'drafting a version, editing and publishing it',
    on: 'v2',
    replay: (stage) => {
      const { uuid, created, edited } = draft(stage);
      return {
        steps: [created, ...edited, publication(uuid, 'clock_timestamp()')],
        audit: [{ ...auditOf(stage, 'EF_VERSION', stage.v2), uuid }],
        promises: [{ environment: stage.v2.id, shows: valueIs('drafted'), notBefore: 'last step' }],
      };
    },
  },
  {
    name: 'publishing a version for later',
    on: 'v2',
    replay: (stage) => {
      const { uuid, created, edited } = draft(stage);
      const liveFrom = soon();
      return {
        steps: [
          ...[created, ...edited, publication(uuid, `'${liveFrom.toISOString()}'`)],
          // At once, and so before the version is live.
          auditStatements({ ...auditOf(stage, 'EF_VERSION', stage.v2), uuid }, now),
        ],
        promises: [{ environment: stage.v2.id, shows: valueIs('drafted'), notBefore: liveFrom }],
      };
    },
  },
  {
    name: 'creating and publishing a version in one call',
    on: 'v2',
    replay: (stage) => {
      const { uuid, created, edited } = draft(stage);
      return {
        steps: [[...created, ...edited.flat(), ...publication(uuid, 'clock_timestamp()')]],
        audit: [{ ...auditOf(stage, 'EF_VERSION', stage.v2), uuid }],
        promises: [{ environment: stage.v2.id, shows: valueIs('drafted'), notBefore: 'last step' }],
      };
    },
  },
  {
    name: 'committing a change request with a version, before any audit row',
    on: 'v2',
    replay: (stage) => {
      const { uuid, created, edited } = draft(stage);
      const request = stage.newId();
      return {
        steps: [
          [changeRequest(request, stage.project, stage.v2.id)],
          [
            ...created,
            `UPDATE feature_versioning_environmentfeatureversion SET change_request_id = ${request}
            WHERE uuid = '${uuid}'`,
          ],
          ...[...edited, commitOf(request), publication(uuid, 'clock_timestamp()')],
        ],
        promises: [{ environment: stage.v2.id, shows: valueIs('drafted'), notBefore: 'last step' }],
      };
    },
  },
  {
    // By a task: no audit row, and Flagsmith writes nothing.
    name: 'enabling v2 versioning',
    on: 'v1',
    replay: (stage) => ({ steps: versioningOf(stage) }),
  },
];

/** A draft of the feature `colour`, with copies of what is live; then edited in two steps. */
function draft({ v2, colour }: Stage) {
  const uuid = crypto.randomUUID();
  const environment = { id: v2.id, versions: new Map([[colour, uuid]]) };
  const copies = [v2.colour, v2.pros, v2.novices].map(copyOf) as [StagedState, StagedState, StagedState];
  const { id } = copies[0];
  return {
    uuid,
    created: [
      featureVersion({ uuid, environment: v2.id, feature: colour }, null),
      ...copies.flatMap((state) => rowsOfState(state, environment, now)),
    ],
    edited: [
      [`UPDATE features_featurestatevalue SET string_value = 'drafted' WHERE feature_state_id = ${id}`],
      [`UPDATE features_featurestate SET enabled = false, updated_at = clock_timestamp() WHERE id = ${id}`],
    ],
  };
}

const publication = (uuid: string, liveFrom: string) => [
  `UPDATE feature_versioning_environmentfeatureversion
  SET published_at = clock_timestamp(), live_from = ${liveFrom} WHERE uuid = '${uuid}'`,
];

/** A version for each feature, what is live linked to it row by row, the switch last. */
function versioningOf({ v1, colour, size }: Stage): string[][] {
  const states = { [colour]: [v1.colour, v1.pros, v1.novices], [size]: [v1.size] };
  const linked = [colour, size].flatMap((feature) => {
    const uuid = crypto.randomUUID();
    const link = (table: string, id: number) => [
      `UPDATE ${table} SET environment_feature_version_id = '${uuid}' WHERE id = ${id}`,
    ];
    return [
      [featureVersion({ uuid, environment: v1.id, feature }, now)],
      ...states[feature]!.flatMap(({ id, override }) => [
        ...(override ? [link('features_featuresegment', override.id)] : []),
        link('features_featurestate', id),
      ]),
    ];
  });
  return [
    ...linked,
    [`UPDATE environments_environment SET use_v2_feature_versioning = true WHERE id = ${v1.id}`],
  ];
}

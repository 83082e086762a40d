import type { ScenarioName } from './scenarios.js';

/** A moment at which a worker dies. */
export interface KillPoint {
  name: string;
  /** By which the worker knows it. */
  passing: string;
  /** In the course of what. */
  scenario: ScenarioName;
  /** How often it is passed there; at which of these passings the worker dies is left to chance. */
  passings: number;
}

/** Right before something and right after it: what is between the two has happened or not, and nobody heard of it. */
const aroundEach = (scenario: ScenarioName, what: string[], passings = 1): KillPoint[] =>
  what.flatMap((passing) =>
    ['before', 'after'].map((side) => ({
      name: `${scenario}: ${side} ${passing}`,
      passing: `${passing}/${side}`,
      scenario,
      passings,
    })),
  );

export const KILL_POINTS: KillPoint[] = [
  // The relay: a statement of its transaction, the signal, the commit.
  ...aroundEach('change', ['relay.claim', 'signal', 'relay.delete', 'relay.commit']),
  ...aroundEach('projectChange', ['relay.expand']),
  ...aroundEach('projectChange', ['signal'], 2),

  // The sync.
  ...aroundEach('change', ['activity.isSeeding', 'activity.writeDocument', 'put.v1', 'put.v2']),
  ...aroundEach('change', ['snapshot.commit', 'activityTask.completion'], 2),
  ...aroundEach('change', ['workflowTask.completion'], 3),
  ...aroundEach('recovered', ['epoch.commit']),
  ...aroundEach('paused', ['putChangeBack']),
  ...aroundEach('scheduled', ['activity.requestSync', 'requestSync']),

  // Deletions.
  ...aroundEach('deletion', ['activity.deleteDocument', 'delete.v1', 'delete.v2', 'settleKeys.commit']),
  ...aroundEach('deletionOnceMore', ['activity.deleteDocument', 'settleKeys.commit']),
  ...aroundEach('keyChange', ['put.v1', 'put.v2', 'delete.v1', 'settleKeys.commit']),

  // Creations: each activity, and the statements that it sends.
  ...aroundEach('createEnvironment', [
    ...['activity.insertEnvironment', 'insertEnvironment', 'activity.recordEnvironmentCreated'],
    ...['recordCreated.commit', 'activity.createInitialFeatureStatesForEnvironment'],
    ...['activity.clearEnvironmentIsCreating', 'clearFlag'],
  ]),
  ...aroundEach('createEnvironment', ['insertStates', 'insertValues', 'insertMultivariateValues'], 3),
  ...aroundEach('cloneEnvironment', ['activity.insertEnvironmentClone', 'activity.cloneFeatureStates']),
  ...aroundEach('cloneEnvironment', ['insertFeatureSegments', 'insertStates', 'insertValues'], 3),
  ...aroundEach('createFeature', [
    ...['activity.insertFeature', 'insertFeature', 'activity.recordFeatureCreated', 'recordCreated.commit'],
    ...['activity.insertMultivariateOptions', 'insertOptions'],
    ...['activity.createInitialFeatureStatesForFeature', 'activity.clearFeatureIsCreating', 'clearFlag'],
  ]),
  ...aroundEach('createFeature', ['insertStates', 'insertMultivariateValues'], 3),
];

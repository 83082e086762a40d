import { Random } from './random.js';
import type { Weather } from './worker/times.js';

/** Who, or what, takes part in a run. */
export type Kind =
  | 'createEnvironment'
  | 'cloneEnvironment'
  | 'createFeature'
  | 'cloneAsFlagsmith'
  | 'createEnvironmentAsFlagsmith'
  | 'createEnvironmentUnflagged'
  | 'createFeatureAsFlagsmith'
  | 'changeValue'
  | 'changeValueThenState'
  | 'renameEnvironment'
  | 'touch'
  | 'scheduleChange'
  | 'deleteEnvironment'
  | 'deleteThenRestore'
  | 'changeKey'
  | 'changeKeyAndBack'
  | 'deleteFeature'
  | 'pauseSyncs'
  | 'killWorker'
  | 'freezeWorker'
  | 'crashPostgres'
  | 'failOver';

export interface Part {
  /** Stays the same when other parts are left out. */
  number: number;
  kind: Kind;
  startsMs: number;
}

/** All that a run is made of; the rest follows from the seed. */
export interface Plan {
  seed: number;
  parts: Part[];
  workers: number;
  hasV2Items: boolean;
  hasNet: boolean;
  weather: Weather;
  /** A transaction of Flagsmith's that stays open for long, and one that is rolled back. */
  lateCommits: number;
  rollbacks: number;
  continueAsNewAfter: number;
  clockAheadMs: number;
  eventsOfActivation: number;
}

const CHANGES: [Kind, ...Kind[]] = [
  'changeValue',
  'changeValue',
  'changeValueThenState',
  'renameEnvironment',
  'touch',
  'scheduleChange',
];
const CREATIONS: [Kind, ...Kind[]] = [
  'createEnvironment',
  'cloneEnvironment',
  'createFeature',
  'createFeature',
  'cloneAsFlagsmith',
  'createEnvironmentAsFlagsmith',
  'createEnvironmentUnflagged',
  'createFeatureAsFlagsmith',
];
const ENDS: [Kind, ...Kind[]] = [
  'deleteEnvironment',
  'deleteThenRestore',
  'changeKey',
  'changeKeyAndBack',
  'deleteFeature',
  'pauseSyncs',
];
const FAULTS: [Kind, ...Kind[]] = ['killWorker', 'killWorker', 'freezeWorker', 'crashPostgres', 'failOver'];

export function planOf(seed: number): Plan {
  const random = new Random(seed, 'plan');
  const parts: Part[] = [];
  // Short spans make parts meet; long ones let timers and windows end in between.
  const spanMs = random.of([100, 1_000, 5_000, 30_000]);
  const add = (kinds: [Kind, ...Kind[]], count: number) => {
    for (let i = 0; i < count; i++)
      parts.push({ number: parts.length, kind: random.of(kinds), startsMs: random.below(spanMs) });
  };
  add(CHANGES, random.between(1, 3));
  add(CREATIONS, random.below(2));
  add(ENDS, random.below(2));
  add(FAULTS, random.below(3));
  return {
    seed,
    parts,
    workers: random.between(1, 3),
    hasV2Items: random.happens(0.4),
    hasNet: random.happens(0.5),
    weather: { late: random.of([0.02, 0.1, 0.3]), failing: random.of([0, 0.02, 0.1]) },
    lateCommits: random.of([0.05, 0.4]),
    rollbacks: random.of([0, 0.1]),
    continueAsNewAfter: random.of([15, 1_000]),
    clockAheadMs: random.happens(0.2) ? random.between(-5_000, 5_000) : 0,
    eventsOfActivation: random.of([1, 25]),
  };
}

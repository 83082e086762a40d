import type { Action } from '../../test/adopted/action.js';
import { environments } from '../../test/adopted/actions/environments.js';
import { features } from '../../test/adopted/actions/features.js';
import { segments } from '../../test/adopted/actions/segments.js';
import { settings } from '../../test/adopted/actions/settings.js';
import { states } from '../../test/adopted/actions/states.js';
import { unannounced } from '../../test/adopted/actions/unannounced.js';
import { versions } from '../../test/adopted/actions/versions.js';
import { type Random, randomOf } from './random.js';

/** What happens in one project, all of it drawn from one seed; how it interleaves is up to the servers. */
export interface Plan {
  seed: number;
  /** Which environments the project begins with. */
  on: Action['on'];
  actors: Actor[];
}

/** Someone who does one thing, at his own pace, whatever the others do meanwhile. */
export type Actor = { name: string; startMs: number } & (FlagsmithActor | CreationActor | RebuildActor);

/** Commits the steps of an action as Flagsmith does, and its audit rows after it. */
export interface FlagsmithActor {
  kind: 'flagsmith';
  action: Action;
  /** Of the draws that his pace is made of. */
  paceSeed: number;
}

/** Has the product create something. */
export interface CreationActor {
  kind: 'creation';
  creates: 'environment' | 'clone' | 'feature' | 'multivariate feature';
}

/** Asks for a document by hand: a second writer beside the sync. */
export interface RebuildActor {
  kind: 'rebuild';
}

const WITHIN_MS = 900;
const ALL = ['v1', 'v2', 'both'] as const;

const isDeletion = ({ name }: Action) => /^deleting an environment|^deleting a project/.test(name);
const creating = [...environments, ...features, ...segments].filter(({ name }) =>
  /^(creating|cloning)/.test(name),
);
const deleting = [...environments, ...settings].filter(isDeletion);
const changing = [...features, ...segments, ...states, ...versions].filter(
  (action) => !creating.includes(action),
);
const rest = [...settings, ...unannounced].filter((action) => !isDeletion(action));
const rekeying = settings.filter(({ name }) => name === 'changing the key of an environment');

/** @param creations whether the product creates and rebuilds, too */
export function planOf(seed: number, creations = true): Plan {
  const random = randomOf(seed);
  const on = random.oneOf(ALL);
  const actors = Array.from({ length: 2 + random.below(3) }, (_, i): Actor => {
    const startMs = random.below(WITHIN_MS);
    return { name: `actor ${i + 1}`, startMs, ...drawActor(random, on, creations) };
  });
  return { seed, on, actors };
}

function drawActor(
  random: Random,
  on: Action['on'],
  creations: boolean,
): FlagsmithActor | CreationActor | RebuildActor {
  const kind = random.pick<Action[] | 'creation' | 'rebuild'>([
    [0.35, creating],
    [0.2, changing],
    [0.1, deleting],
    [0.1, rest],
    [0.05, rekeying],
    [creations ? 0.15 : 0, 'creation'],
    [creations ? 0.05 : 0, 'rebuild'],
  ]);
  if (kind === 'rebuild') return { kind };
  const fitting = kind === 'creation' ? [] : kind.filter((action) => on === 'both' || action.on === on);
  if (fitting.length > 0 || !creations)
    return {
      ...{ kind: 'flagsmith', paceSeed: random.below(2 ** 31) },
      action: random.oneOf(fitting.length > 0 ? fitting : environments.filter((action) => action.on === on)),
    };
  return {
    kind: 'creation',
    creates: random.oneOf(['environment', 'clone', 'feature', 'multivariate feature']),
  };
}

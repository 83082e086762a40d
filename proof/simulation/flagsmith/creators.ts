import type { Change, FlagsmithClient } from './client.js';
import type { Environment, Feature, FeatureState, State } from '../postgres/state.js';

/** Ways in which environments and features come to be. Those of ours go on where they were interrupted. */

/** The steps of `src/workflows/createEnvironment.ts`. */
export async function createEnvironment(client: FlagsmithClient): Promise<void> {
  const id = client.nextId();
  const isRepeated = true;
  await client.commit(`insert environment ${id}, flag up`, () => insertEnvironment(client, id, true), {
    isRepeated,
  });
  await client.pause();
  await client.commit(`audit row of ${id}`, unchanged, { audit: [id], isRepeated });
  await client.pause();
  await seedEnvironment(client, id);
  await client.commit(`clear flag of environment ${id}`, () => setEnvironment(id, { isCreating: false }), {
    isRepeated,
  });
}

/** The steps of `src/workflows/cloneEnvironment.ts`. */
export async function cloneEnvironment(client: FlagsmithClient): Promise<void> {
  const source = client.owner.random.of(client.state.environments);
  if (!source) return;
  const id = client.nextId();
  const isRepeated = true;
  await client.commit(`insert clone ${id}, flag up`, () => insertEnvironment(client, id, true), {
    isRepeated,
  });
  await client.pause();
  await client.commit(`audit row of ${id}`, unchanged, { audit: [id], isRepeated });
  await client.pause();
  for (const featureId of featuresOf(client.state, source.id)) {
    await client.commit(
      `clone feature ${featureId} to ${id}`,
      (seen) => copyState(client, seen, { from: source.id, to: id, featureId }),
      { isRepeated },
    );
    await client.pause();
  }
  await seedEnvironment(client, id);
  await client.commit(`clear flag of clone ${id}`, () => setEnvironment(id, { isCreating: false }), {
    isRepeated,
  });
}

/** The steps of `src/workflows/createFeature.ts`. */
export async function createFeature(client: FlagsmithClient): Promise<void> {
  const id = client.nextId();
  const isMultivariate = client.owner.random.happens(0.5);
  const isRepeated = true;
  await client.commit(
    `insert feature ${id}, flag up`,
    () => insertFeature(client, { id, isMultivariate, isCreating: true }),
    { isRepeated },
  );
  await client.pause();
  await client.commit(`audit row of feature ${id}`, unchanged, { audit: [null], isRepeated });
  await client.pause();
  if (isMultivariate) {
    const optionIds = [client.nextId(), client.nextId()];
    await client.commit(`insert options of ${id}`, () => insertOptions(id, optionIds), { isRepeated });
    await client.pause();
  }
  // Chunk by chunk, a pair each.
  const lacking = (state: State) =>
    liveEnvironments(state).find((environment) => !hasState(state, environment.id, id));
  while (lacking(client.state)) {
    await client.commit(
      `seed feature ${id}`,
      (seen) => {
        const environment = lacking(seen);
        return environment ? insertState(client, seen, environment.id, id) : keep;
      },
      { isRepeated },
    );
    await client.pause();
  }
  await client.commit(`clear flag of feature ${id}`, () => setFeature(id, { isCreating: false }), {
    isRepeated,
  });
}

/** Flagsmith's own clone: flagged, and its audit row about a second after its row. */
export async function cloneAsFlagsmith(client: FlagsmithClient): Promise<void> {
  const source = client.owner.random.of(client.state.environments);
  if (!source) return;
  const id = client.nextId();
  await client.commit(`Flagsmith: insert clone ${id}, flag up`, () => insertEnvironment(client, id, true));
  await client.pause();
  await client.commit(`Flagsmith: audit row of ${id}`, unchanged, { audit: [id] });
  for (const featureId of featuresOf(client.state, source.id)) {
    await client.pause();
    await client.commit(`Flagsmith: clone feature ${featureId} to ${id}`, (seen) =>
      copyState(client, seen, { from: source.id, to: id, featureId }),
    );
  }
  await client.pause();
  await client.commit(`Flagsmith: clear flag of ${id}`, () => setEnvironment(id, { isCreating: false }));
}

/** Flagsmith's environments are there in one step, with the features that its transaction sees. */
export async function createEnvironmentAsFlagsmith(client: FlagsmithClient): Promise<void> {
  const id = client.nextId();
  await client.commit(
    `Flagsmith: insert environment ${id} with its states`,
    (seen) => {
      const features = liveFeatures(seen);
      const inserted = insertEnvironment(client, id, false);
      const states = features.map((feature) => insertState(client, seen, id, feature.id));
      return (state) => states.reduce((all, insert) => insert(all), inserted(state));
    },
    { audit: [id] },
  );
}

/** A creator that sets no flag, and needs several transactions: of another release, or a script. */
export async function createEnvironmentUnflagged(client: FlagsmithClient): Promise<void> {
  const id = client.nextId();
  const creator = client.owner.name;
  await client.commit(
    `no flag: insert environment ${id}`,
    () => (state) => ({
      ...insertEnvironment(client, id, false)(state),
      halfMade: [...state.halfMade, { creator, environmentId: id }],
    }),
    { audit: [id] },
  );
  for (const feature of liveFeatures(client.state)) {
    await client.pause();
    await client.commit(
      `no flag: seed feature ${feature.id} in ${id}`,
      (seen) => insertState(client, seen, id, feature.id),
      { isRepeated: true },
    );
  }
  await client.commit(`no flag: environment ${id} is done`, () => (state) => done(state, creator), {
    audit: [id],
    isRepeated: true,
  });
}

/** Flagsmith's standard features are there in one step; multivariate ones get option after option. */
export async function createFeatureAsFlagsmith(client: FlagsmithClient): Promise<void> {
  const id = client.nextId();
  const creator = client.owner.name;
  const isMultivariate = client.owner.random.happens(0.5);
  await client.commit(
    `Flagsmith: insert feature ${id} with its states`,
    (seen) => {
      const inserted = insertFeature(client, { id, isMultivariate, isCreating: false });
      const states = liveEnvironments(seen).map((environment) =>
        insertState(client, seen, environment.id, id),
      );
      return (state) => {
        const whole = states.reduce((all, insert) => insert(all), inserted(state));
        if (!isMultivariate) return whole;
        return { ...whole, halfMade: [...whole.halfMade, { creator, environmentId: null }] };
      };
    },
    { audit: [null] },
  );
  if (!isMultivariate) return;
  for (const optionId of [client.nextId(), client.nextId()]) {
    await client.pause();
    await client.commit(
      `Flagsmith: insert option ${optionId} of ${id}`,
      () => (state) => ({
        ...insertOptions(id, [optionId])(state),
        featureStates: state.featureStates.map((row) =>
          row.featureId === id ? { ...row, optionIds: [...row.optionIds, optionId] } : row,
        ),
      }),
      { audit: [null], isRepeated: true },
    );
  }
  await client.commit(`Flagsmith: feature ${id} is done`, () => (state) => done(state, creator), {
    audit: [null],
    isRepeated: true,
  });
}

export const keep: Change = (state) => state;
export const unchanged = (): Change => keep;

export const setEnvironment =
  (id: number, changes: Partial<Environment>): Change =>
  (state) => ({
    ...state,
    environments: state.environments.map((row) => (row.id === id ? { ...row, ...changes } : row)),
  });

export const setFeature =
  (id: number, changes: Partial<Feature>): Change =>
  (state) => ({
    ...state,
    features: state.features.map((row) => (row.id === id ? { ...row, ...changes } : row)),
  });

/** Chunk by chunk, a pair each. */
async function seedEnvironment(client: FlagsmithClient, id: number): Promise<void> {
  const lacking = (state: State) => liveFeatures(state).find((feature) => !hasState(state, id, feature.id));
  while (lacking(client.state)) {
    await client.commit(
      `seed environment ${id}`,
      (seen) => {
        const feature = lacking(seen);
        return feature ? insertState(client, seen, id, feature.id) : keep;
      },
      { isRepeated: true },
    );
    await client.pause();
  }
}

const insertEnvironment =
  (client: FlagsmithClient, id: number, isCreating: boolean): Change =>
  (state) => ({
    ...state,
    environments: [
      ...state.environments,
      {
        id,
        apiKey: `key${id}`,
        name: `environment${id}`,
        isCreating,
        isDeleted: false,
        createdMs: client.nowMs,
      },
    ],
  });

const insertFeature =
  (client: FlagsmithClient, feature: Omit<Feature, 'isDeleted' | 'createdMs'>): Change =>
  (state) => ({
    ...state,
    features: [...state.features, { ...feature, isDeleted: false, createdMs: client.nowMs }],
  });

const insertOptions =
  (featureId: number, ids: number[]): Change =>
  (state) => ({ ...state, options: [...state.options, ...ids.map((id) => ({ id, featureId }))] });

/** Derived uuids and ON CONFLICT DO NOTHING: whoever inserts the pair second inserts nothing. */
function insertState(client: FlagsmithClient, seen: State, environmentId: number, featureId: number): Change {
  const row: FeatureState = {
    id: client.nextId(),
    environmentId,
    featureId,
    enabled: false,
    value: 'initial',
    version: 1,
    liveFromMs: client.nowMs,
    optionIds: seen.options.filter((option) => option.featureId === featureId).map(({ id }) => id),
  };
  return (state) =>
    hasState(state, environmentId, featureId)
      ? state
      : { ...state, featureStates: [...state.featureStates, row] };
}

function copyState(
  client: FlagsmithClient,
  seen: State,
  { from, to, featureId }: { from: number; to: number; featureId: number },
): Change {
  const copied = seen.featureStates.find((row) => row.environmentId === from && row.featureId === featureId);
  if (!copied) return keep;
  const row = { ...copied, id: client.nextId(), environmentId: to };
  return (state) =>
    hasState(state, to, featureId) ? state : { ...state, featureStates: [...state.featureStates, row] };
}

const done = (state: State, creator: string): State => ({
  ...state,
  halfMade: state.halfMade.filter((half) => half.creator !== creator),
});

const hasState = (state: State, environmentId: number, featureId: number): boolean =>
  state.featureStates.some((row) => row.environmentId === environmentId && row.featureId === featureId);

const featuresOf = (state: State, environmentId: number): number[] => [
  ...new Set(
    state.featureStates.filter((row) => row.environmentId === environmentId).map((row) => row.featureId),
  ),
];

export const liveEnvironments = (state: State): Environment[] =>
  state.environments.filter(({ isDeleted }) => !isDeleted);
const liveFeatures = (state: State): Feature[] => state.features.filter(({ isDeleted }) => !isDeleted);

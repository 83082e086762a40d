import type { FeatureState } from '../postgres/state.js';
import type { FlagsmithClient } from './client.js';
import { keep, liveEnvironments, setEnvironment, setFeature, unchanged } from './creators.js';

/** What happens to environments and features that are there. */

/** One step, with its audit row. */
export async function changeValue(client: FlagsmithClient): Promise<void> {
  const row = client.owner.random.of(client.state.featureStates);
  if (!row) return;
  const value = `value${client.nextId()}`;
  await client.commit(`set ${value} in ${row.environmentId}`, () => setState(row.id, { value }), {
    audit: [row.environmentId],
  });
}

/** Flagsmith's two steps: the value, then the state with the audit row. */
export async function changeValueThenState(client: FlagsmithClient): Promise<void> {
  const row = client.owner.random.of(client.state.featureStates);
  if (!row) return;
  const value = `value${client.nextId()}`;
  await client.commit(`set ${value} in ${row.environmentId}`, () => setState(row.id, { value }));
  await client.pause();
  await client.commit(
    `toggle ${row.id} in ${row.environmentId}`,
    (seen) => setState(row.id, { enabled: !seen.featureStates.find(({ id }) => id === row.id)?.enabled }),
    { audit: [row.environmentId], isRepeated: true },
  );
}

export async function renameEnvironment(client: FlagsmithClient): Promise<void> {
  const environment = client.owner.random.of(liveEnvironments(client.state));
  if (!environment) return;
  const name = `renamed${client.nextId()}`;
  await client.commit(`rename ${environment.id} to ${name}`, () => setEnvironment(environment.id, { name }));
}

/** An audit row without any change of a document. */
export async function touch(client: FlagsmithClient): Promise<void> {
  const environment = client.owner.random.of(client.state.environments);
  if (environment) await client.commit(`touch ${environment.id}`, unchanged, { audit: [environment.id] });
}

/** Goes live by itself. */
export async function scheduleChange(client: FlagsmithClient): Promise<void> {
  const { random } = client.owner;
  const row = random.of(client.state.featureStates);
  if (!row) return;
  const liveFromMs = client.nowMs + random.between(500, random.happens(0.5) ? 5_000 : 90_000);
  const id = client.nextId();
  await client.commit(
    `schedule value${id} in ${row.environmentId} for ${liveFromMs} ms`,
    () => (state) =>
      state.featureStates.some((one) => one.id === row.id)
        ? {
            ...state,
            featureStates: [
              ...state.featureStates,
              { ...row, id, value: `value${id}`, version: row.version + 1, liveFromMs },
            ],
          }
        : state,
    { audit: [row.environmentId] },
  );
}

export async function deleteEnvironment(client: FlagsmithClient): Promise<void> {
  const environment = client.owner.random.of(liveEnvironments(client.state));
  if (!environment) return;
  await client.commit(`delete ${environment.id}`, () => setEnvironment(environment.id, { isDeleted: true }), {
    audit: [environment.id],
  });
}

export async function deleteThenRestore(client: FlagsmithClient): Promise<void> {
  const environment = client.owner.random.of(liveEnvironments(client.state));
  if (!environment) return;
  const { id } = environment;
  await client.commit(`delete ${id}`, () => setEnvironment(id, { isDeleted: true }), { audit: [id] });
  await client.pause(client.owner.random.of([50, 2_000, 30_000, 61_000, 90_000]));
  await client.commit(`restore ${id}`, () => setEnvironment(id, { isDeleted: false }), { isRepeated: true });
}

export async function changeKey(client: FlagsmithClient): Promise<void> {
  const environment = client.owner.random.of(liveEnvironments(client.state));
  if (!environment) return;
  const apiKey = `key${client.nextId()}`;
  await client.commit(`new key of ${environment.id}: ${apiKey}`, () =>
    setEnvironment(environment.id, { apiKey }),
  );
}

/** The key that it had before comes back, or goes to somebody else. */
export async function changeKeyAndBack(client: FlagsmithClient): Promise<void> {
  const { random } = client.owner;
  const environment = random.of(liveEnvironments(client.state));
  if (!environment) return;
  const apiKey = `key${client.nextId()}`;
  await client.commit(`new key of ${environment.id}: ${apiKey}`, () =>
    setEnvironment(environment.id, { apiKey }),
  );
  await client.pause(random.of([50, 2_000, 30_000, 61_000, 90_000]));
  const other = random.happens(0.3) ? random.of(liveEnvironments(client.state)) : undefined;
  const heir = other?.id ?? environment.id;
  await client.commit(
    `former key of ${environment.id} to ${heir}`,
    () => (state) =>
      // The column is unique.
      state.environments.some((row) => row.apiKey === environment.apiKey)
        ? state
        : setEnvironment(heir, { apiKey: environment.apiKey })(state),
    { isRepeated: true },
  );
}

/** Many steps, the audit row last. */
export async function deleteFeature(client: FlagsmithClient): Promise<void> {
  const feature = client.owner.random.of(client.state.features.filter(({ isDeleted }) => !isDeleted));
  if (!feature) return;
  const isRepeated = true;
  await client.commit(`delete feature ${feature.id}`, () => setFeature(feature.id, { isDeleted: true }));
  const isOfFeature = ({ featureId }: FeatureState) => featureId === feature.id;
  while (client.state.featureStates.some(isOfFeature)) {
    await client.pause();
    await client.commit(
      `delete a state of feature ${feature.id}`,
      (seen) => {
        const row = seen.featureStates.find(isOfFeature);
        return row ? removeState(row.id) : keep;
      },
      { isRepeated },
    );
  }
  await client.commit(`audit row of feature ${feature.id}`, unchanged, { audit: [null], isRepeated });
}

/** An operator pauses syncs, and lets them go on later. */
export async function pauseSyncs(client: FlagsmithClient): Promise<void> {
  const { random } = client.owner;
  const projectId = random.happens(0.5) ? null : client.state.project.id;
  const sinceMs = client.nowMs;
  await client.commit('pause syncs', () => (state) => ({
    ...state,
    pauses: [...state.pauses, { projectId, sinceMs }],
  }));
  await client.pause(random.of([100, 3_000, 70_000]));
  await client.commit('resume syncs', () => (state) => ({ ...state, pauses: [] }), { isRepeated: true });
}

const setState =
  (id: number, changes: Partial<FeatureState>) =>
  (state: FlagsmithClient['state']): FlagsmithClient['state'] => ({
    ...state,
    featureStates: state.featureStates.map((row) => (row.id === id ? { ...row, ...changes } : row)),
  });

const removeState =
  (id: number) =>
  (state: FlagsmithClient['state']): FlagsmithClient['state'] => ({
    ...state,
    featureStates: state.featureStates.filter((row) => row.id !== id),
  });

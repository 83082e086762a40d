/**
 * What one committed state of the simulated PostgreSQL holds: of Flagsmith's tables what a small project needs, and the
 * schema `document_sync`. Never changed, only replaced. Moments are virtual milliseconds.
 */
export interface State {
  project: { id: number; organisationId: number; hasV2Items: boolean };
  environments: readonly Environment[];
  features: readonly Feature[];
  featureStates: readonly FeatureState[];
  options: readonly Option[];
  outbox: readonly OutboxRow[];
  retiredKeys: readonly RetiredKey[];
  /** Null: of every project. */
  pauses: readonly { projectId: number | null; sinceMs: number }[];
  epoch: number;
  /** Unlogged: null after crash recovery. */
  alive: number | null;
  /** What creators without a flag have under way; null: it concerns every environment. */
  halfMade: readonly { creator: string; environmentId: number | null }[];
}

export interface Environment {
  id: number;
  apiKey: string;
  name: string;
  isCreating: boolean;
  isDeleted: boolean;
  createdMs: number;
}

export interface Feature {
  id: number;
  isMultivariate: boolean;
  isCreating: boolean;
  isDeleted: boolean;
  createdMs: number;
}

export interface FeatureState {
  id: number;
  environmentId: number;
  featureId: number;
  enabled: boolean;
  /** Null: its row in `features_featurestatevalue` is not there yet. */
  value: string | null;
  version: number;
  liveFromMs: number;
  /** Options that it has a value for. */
  optionIds: readonly number[];
}

export interface Option {
  id: number;
  featureId: number;
}

export interface OutboxRow {
  id: number;
  /** Null: every environment of the project. */
  environmentId: number | null;
  source: string;
  changedMs: number;
  dueMs: number;
  attempts: number;
  expanded: boolean;
}

export interface RetiredKey {
  id: number;
  environmentId: number;
  apiKey: string;
  itemsDeletedMs: number | null;
}

export const isProjectWide = (row: OutboxRow): boolean => row.expanded || row.environmentId === null;

export const isPaused = ({ pauses, project }: State): boolean =>
  pauses.some(({ projectId }) => projectId === null || projectId === project.id);

export const liveEnvironment = (state: State, id: number): Environment | undefined =>
  state.environments.find((environment) => environment.id === id && !environment.isDeleted);

/** Of each feature the default that counts, in the order of the document, with the first one that was live. */
export function liveFeatureStates(
  state: State,
  environmentId: number,
  nowMs: number,
): { row: FeatureState; firstLiveId: number }[] {
  const byFeature = new Map<number, { row: FeatureState; firstLiveId: number }>();
  for (const row of state.featureStates) {
    if (row.environmentId !== environmentId || row.liveFromMs > nowMs) continue;
    const live = byFeature.get(row.featureId);
    if (!live) byFeature.set(row.featureId, { row, firstLiveId: row.id });
    else {
      live.firstLiveId = Math.min(live.firstLiveId, row.id);
      if (isLater(row, live.row)) live.row = row;
    }
  }
  return [...byFeature.values()].sort((a, b) => a.firstLiveId - b.firstLiveId);
}

const isLater = (a: FeatureState, b: FeatureState): boolean =>
  a.liveFromMs - b.liveFromMs > 0 ||
  (a.liveFromMs === b.liveFromMs && (a.version > b.version || (a.version === b.version && a.id > b.id)));

import type { EnvironmentRow, FeatureStateRow, Tables, TypedValue } from '../tables.js';
import { floatNumber, microseconds, wholeNumber, type Branch, type Tree } from './tree.js';

/** The feature states that the environment serves to everyone, in the order of the document. */
export function liveDefaults(tables: Tables, environment: EnvironmentRow, now: string): FeatureStateRow[] {
  const candidates = [];
  for (const state of tables.features_featurestate) {
    if (state.deleted_at !== null) continue;
    if (state.environment_id !== environment.id) continue;
    if (state.feature_segment_id !== null) continue;
    if (state.identity_id !== null) continue;
    candidates.push(state);
  }
  return onePerFeature(tables, environment, candidates, now);
}

/** The live state of each feature among the candidates; a feature has the place of its first live candidate. */
export function onePerFeature(
  tables: Tables,
  environment: EnvironmentRow,
  candidates: FeatureStateRow[],
  now: string,
): FeatureStateRow[] {
  const kept = new Map<number, FeatureStateRow>();
  for (const state of [...candidates].sort((a, b) => a.id - b.id)) {
    if (!isLive(tables, environment, state, now)) continue;
    const rival = kept.get(state.feature_id);
    if (rival && isStrictlyBetter(tables, environment, rival, state)) continue;
    kept.set(state.feature_id, state);
  }
  return [...kept.values()];
}

function isLive(tables: Tables, environment: EnvironmentRow, state: FeatureStateRow, now: string): boolean {
  if (!environment.use_v2_feature_versioning) {
    if (state.version === null) return false;
    if (state.live_from === null) return false;
    return microseconds(state.live_from) <= microseconds(now);
  }
  if (state.environment_feature_version_id === null) return false;
  const version = versionOf(tables, state);
  if (version.published_at === null) return false;
  if (version.live_from === null) return false;
  return microseconds(version.live_from) <= microseconds(now);
}

/** Both are live, so what is compared is there. */
function isStrictlyBetter(
  tables: Tables,
  environment: EnvironmentRow,
  kept: FeatureStateRow,
  later: FeatureStateRow,
): boolean {
  if (environment.use_v2_feature_versioning) {
    const keptFrom = microseconds(versionOf(tables, kept).live_from!);
    const laterFrom = microseconds(versionOf(tables, later).live_from!);
    return keptFrom > laterFrom;
  }
  const keptFrom = microseconds(kept.live_from!);
  const laterFrom = microseconds(later.live_from!);
  if (keptFrom !== laterFrom) return keptFrom > laterFrom;
  return kept.version! > later.version!;
}

const versionOf = (tables: Tables, state: FeatureStateRow) =>
  tables.feature_versioning_environmentfeatureversion.find(
    (version) => version.uuid === state.environment_feature_version_id,
  )!;

export function featureStateObject(tables: Tables, state: FeatureStateRow): Branch {
  const feature = tables.features_feature.find((row) => row.id === state.feature_id)!;
  const value = tables.features_featurestatevalue.find((row) => row.feature_state_id === state.id);
  const salt = state.mv_hashing_salt;
  return {
    django_id: wholeNumber(salt !== null && salt !== 0 ? salt : state.id),
    featurestate_uuid: state.uuid,
    enabled: state.enabled,
    feature: { id: wholeNumber(feature.id), name: feature.name, type: feature.type },
    feature_segment: featureSegmentObject(tables, state),
    feature_state_value: value === undefined ? null : chosenValue(value),
    multivariate_feature_state_values: multivariateValues(tables, state),
  };
}

function featureSegmentObject(tables: Tables, state: FeatureStateRow): Tree {
  if (state.feature_segment_id === null) return null;
  const row = tables.features_featuresegment.find(({ id }) => id === state.feature_segment_id)!;
  return { priority: wholeNumber(row.priority) };
}

function multivariateValues(tables: Tables, state: FeatureStateRow): Tree[] {
  const values = [];
  const rows = [...tables.multivariate_multivariatefeaturestatevalue].sort((a, b) => a.id - b.id);
  for (const row of rows) {
    if (row.feature_state_id !== state.id) continue;
    const option = tables.multivariate_multivariatefeatureoption.find(
      ({ id }) => id === row.multivariate_feature_option_id,
    )!;
    values.push({
      id: wholeNumber(row.id),
      mv_fs_value_uuid: row.uuid,
      percentage_allocation: floatNumber(row.percentage_allocation),
      multivariate_feature_option: {
        id: wholeNumber(option.id),
        key: option.key,
        value: chosenValue(option),
      },
    });
  }
  return values;
}

function chosenValue(row: TypedValue): Tree {
  if (row.type === 'int') return row.integer_value === null ? null : wholeNumber(row.integer_value);
  if (row.type === 'bool') return row.boolean_value;
  return row.string_value;
}

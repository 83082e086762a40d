import { isUnmappable, type Expected, type Items } from './reference/expectedItems.js';
import { compressionFailures } from './reference/failures.js';
import { latestVersions } from './reference/segments.js';
import { microseconds, type Branch } from './reference/tree.js';
import type { EnvironmentRow, FeatureStateRow, FeatureVersionRow, SegmentRow, Tables } from './tables.js';

interface Look {
  tables: Tables;
  environment: EnvironmentRow;
  expected: Expected | null;
  /** Defaults that are not deleted. */
  defaults: FeatureStateRow[];
  overrides: FeatureStateRow[];
  versions: FeatureVersionRow[];
  segments: SegmentRow[];
  latest: string[];
  text: string;
  asOf: string;
}

/** What generated environments must show, lest their documents agree for want of anything to disagree on. */
export const SITUATIONS: Record<string, (look: Look) => boolean> = {
  'a document under v1 versioning': ({ environment, expected }) =>
    !environment.use_v2_feature_versioning && isMapped(expected),
  'a document under v2 versioning': ({ environment, expected }) =>
    environment.use_v2_feature_versioning && isMapped(expected),
  'no document, as it is deleted': ({ expected }) => expected === null,
  'both items': ({ expected }) => expected?.writes.v2 === true,
  'a v1 item only': ({ expected }) => expected?.writes.v1 === true && !expected.writes.v2,
  'no item, as DynamoDB is off': ({ expected }) => expected?.writes.v1 === false,
  'a deleted project': ({ tables, expected }) =>
    expected !== null && tables.projects_project.some((row) => row.deleted_at !== null),
  'a deleted subscription': ({ tables, expected }) =>
    expected !== null && tables.organisations_subscription.some((row) => row.deleted_at !== null),
  'a feature whose states tie in live_from but not in version': (look) =>
    isV1(look) &&
    pairs(look).some(
      ([a, b]) => a.live_from === b.live_from && a.version !== b.version && bothLive(a, b, look),
    ),
  'a feature whose states tie in all but the id': (look) =>
    isV1(look) &&
    pairs(look).some(
      ([a, b]) => a.live_from === b.live_from && a.version === b.version && bothLive(a, b, look),
    ),
  'a higher version that went live earlier': (look) =>
    isV1(look) &&
    pairs(look).some(
      ([a, b]) => bothLive(a, b, look) && a.live_from! < b.live_from! && a.version! > b.version!,
    ),
  'a state without version': (look) => isV1(look) && look.defaults.some((state) => state.version === null),
  'a state without live_from': (look) =>
    isV1(look) && look.defaults.some((state) => state.live_from === null),
  'a state live at this very microsecond': (look) =>
    isV1(look) && look.defaults.some((state) => isAt(state.live_from, look.asOf, 0)),
  'a state live a microsecond later': (look) =>
    isV1(look) && look.defaults.some((state) => isAt(state.live_from, look.asOf, 1)),
  'an identity override': ({ tables, environment }) =>
    tables.features_featurestate.some(
      (state) => state.environment_id === environment.id && state.identity_id !== null,
    ),
  'a deleted state': ({ tables, environment }) =>
    tables.features_featurestate.some(
      (state) => state.environment_id === environment.id && state.deleted_at !== null,
    ),
  'a live state of a deleted feature': ({ tables, text }) =>
    tables.features_feature.some(
      (row) => row.deleted_at !== null && text.includes(`"feature":{"id":{"text":"${row.id}"}`),
    ),
  'a server-key-only feature': ({ text }) => /"server_key_only_feature_ids":\[\{/.test(text),
  'a state without value row': ({ tables, defaults }) =>
    defaults.some(({ id }) => !tables.features_featurestatevalue.some((row) => row.feature_state_id === id)),
  'a deleted value row': ({ tables, defaults }) =>
    defaults.some(({ id }) =>
      tables.features_featurestatevalue.some((row) => row.feature_state_id === id && row.deleted_at !== null),
    ),
  'a whole-number value': ({ text }) => text.includes('"feature_state_value":{"text"'),
  'a boolean value': ({ text }) => /"feature_state_value":(true|false)/.test(text),
  'a text of 20,000 characters': ({ text }) =>
    text.includes('x'.repeat(20_000)) || text.includes('😀'.repeat(20_000)),
  'a hashing salt of 0': ({ defaults }) => defaults.some((state) => state.mv_hashing_salt === 0),
  'a hashing salt': ({ text }) => text.includes('"django_id":{"text":"123'),
  'several multivariate values': ({ text }) =>
    /"multivariate_feature_state_values":\[\{.*?\},\{"id"/.test(text),
  'a percentage with an exponent': ({ text }) => /"percentage_allocation":\{"text":"[\d.]+E-/.test(text),
  'a percentage of many digits': ({ text }) => text.includes('33.333333333333336'),
  'an option without key': ({ text }) => text.includes('"key":null'),
  'a version that is not published': (look) =>
    isV2(look) && usedVersions(look).some((version) => version.published_at === null),
  'a version in the future': (look) =>
    isV2(look) && usedVersions(look).some((version) => isLater(version.live_from, look.asOf)),
  'a live state of a deleted version': (look) =>
    isV2(look) &&
    usedVersions(look).some((version) => version.deleted_at !== null && isCurrent(version, look)),
  'several latest versions of one feature': ({ versions, latest }) =>
    versions.some((a) =>
      versions.some(
        (b) => a !== b && a.feature_id === b.feature_id && latest.includes(a.uuid) && latest.includes(b.uuid),
      ),
    ),
  'a latest version that is deleted': ({ versions, latest }) =>
    versions.some((version) => version.deleted_at !== null && latest.includes(version.uuid)),
  'an override of a latest version that is deleted': (look) =>
    isV2(look) &&
    look.overrides.some((state) => {
      const version = look.versions.find(({ uuid }) => uuid === state.environment_feature_version_id);
      return (
        version &&
        version.deleted_at !== null &&
        look.latest.includes(version.uuid) &&
        isShown(state.id, look)
      );
    }),
  'an override of a latest version, below an unpublished one': (look) =>
    isV2(look) &&
    overriddenBelow(
      look,
      (version) => isOwn(look, version) && version.published_at === null && version.deleted_at === null,
    ),
  'an override of a latest version, below one of another environment': (look) =>
    isV2(look) &&
    overriddenBelow(look, (version) => isProper(version) && version.environment_id !== look.environment.id),
  'an override of a latest version, below a deleted one': (look) =>
    isV2(look) &&
    overriddenBelow(
      look,
      (version) => isOwn(look, version) && version.published_at !== null && version.deleted_at !== null,
    ),
  'overrides without any latest version': (look) =>
    isV2(look) && look.latest.length === 0 && look.overrides.some(({ id }) => isShown(id, look)),
  'an override of an older version': (look) =>
    isV2(look) &&
    look.latest.length > 0 &&
    look.tables.features_featuresegment.some(
      (row) =>
        row.environment_id === look.environment.id &&
        row.environment_feature_version_id !== null &&
        !look.latest.includes(row.environment_feature_version_id),
    ),
  'an override of a latest version': (look) =>
    isV2(look) && look.latest.length > 0 && look.overrides.some(({ id }) => isShown(id, look)),
  'overrides of one segment with equal priorities': (look) =>
    look.tables.features_featuresegment.some((a) =>
      look.tables.features_featuresegment.some(
        (b) =>
          a !== b &&
          a.segment_id === b.segment_id &&
          a.priority === b.priority &&
          [a, b].every(({ id }) =>
            look.overrides.some((s) => s.feature_segment_id === id && isShown(s.id, look)),
          ),
      ),
    ),
  'an override whose state names another environment': ({ tables, environment, text }) =>
    tables.features_featurestate.some((state) => {
      const row = tables.features_featuresegment.find(({ id }) => id === state.feature_segment_id);
      const isStray = row?.environment_id === environment.id && state.environment_id !== environment.id;
      return isStray && text.includes(state.uuid);
    }),
  'an older version or draft of a segment': ({ segments }) =>
    segments.some((segment) => segment.version_of_id !== segment.id),
  'a feature-specific segment with overrides': ({ segments, text }) =>
    segments.some((segment) => segment.feature_id !== null && isSegmentShown(segment, text)),
  'a feature-specific segment without': ({ segments, text, expected }) =>
    isMapped(expected) &&
    segments.some(
      (segment) =>
        segment.feature_id !== null && segment.version_of_id === segment.id && !isSegmentShown(segment, text),
    ),
  'a segment of another project': ({ tables, environment }) =>
    tables.segments_segment.some((segment) => segment.project_id !== environment.project_id),
  'rules four levels deep': ({ text }) => /("rules":\[\{[^[]*){4}/.test(text),
  'a deleted rule above others': ({ tables }) =>
    tables.segments_segmentrule.some(
      (rule) =>
        rule.deleted_at !== null && tables.segments_segmentrule.some((child) => child.rule_id === rule.id),
    ),
  'a condition without value': ({ text }) => /"operator":"\w+","value":null/.test(text),
  'an integration': ({ text }) => text.includes('"entity_selector":null'),
  'a webhook': ({ text }) => text.includes('"webhook_config":{"url"'),
  'a deleted integration': ({ tables, environment }) =>
    tables.heap_heapconfiguration.some(
      (row) => row.environment_id === environment.id && row.deleted_at !== null,
    ),
  'hide_disabled_flags left to the project': ({ text }) => text.includes('"hide_disabled_flags":null'),
  'updated_at with microseconds': ({ text }) => /"updated_at":"[^"]*\.\d{6}\+00:00"/.test(text),
  'updated_at on a full second': ({ text }) => /"updated_at":"[^".]*\+00:00"/.test(text),
  'allocations above 100': failsFor('features_featurestate: sum of allocations'),
  'an allocation out of range': failsFor('multivariate_multivariatefeaturestatevalue: range'),
  'a uuid of another version': failsFor('features_featurestate: uuid'),
  'a multivariate uuid of another version': failsFor('multivariate_multivariatefeaturestatevalue: uuid'),
  'an unknown operator': failsFor('segments_condition: operator'),
  'an unknown type of rule': failsFor('segments_segmentrule: type'),
  'no subscription': failsFor('organisations_organisation: no subscription'),
  'an unknown type of feature': failsFor('features_feature: type'),
  'a value too long': failsFor('features_featurestate: length of value'),
  'an option too long': failsFor('multivariate_multivariatefeatureoption: length of value'),
  'a document that only the plain form takes': ({ expected }) => isForPlainFormOnly(expected),
  'a document that only the plain form takes, for its overrides': ({ expected }) =>
    isForPlainFormOnly(expected) &&
    compressionFailures(expected.plain.v1['feature_states'] as Branch[], []).length === 0,
};

/** Which of them the environment shows. */
export function situationsOf(tables: Tables, id: number, expected: Expected | null, asOf: string): string[] {
  const environment = tables.environments_environment.find((row) => row.id === id)!;
  const states = tables.features_featurestate.filter(
    (state) => state.environment_id === id && state.identity_id === null && state.deleted_at === null,
  );
  const look: Look = {
    tables,
    environment,
    expected,
    asOf,
    defaults: states.filter((state) => state.feature_segment_id === null),
    overrides: states.filter((state) => state.feature_segment_id !== null),
    versions: tables.feature_versioning_environmentfeatureversion.filter((row) => row.environment_id === id),
    segments: tables.segments_segment.filter((row) => row.project_id === environment.project_id),
    latest: environment.use_v2_feature_versioning ? latestVersions(tables, environment, asOf) : [],
    text: expected && !isUnmappable(expected.plain) ? JSON.stringify(expected.plain.v1) : '',
  };
  return Object.keys(SITUATIONS).filter((name) => SITUATIONS[name]!(look));
}

const isMapped = (expected: Expected | null): boolean => expected !== null && !isUnmappable(expected.plain);

const isForPlainFormOnly = (expected: Expected | null): expected is Expected & { plain: Items } =>
  expected !== null && !isUnmappable(expected.plain) && isUnmappable(expected.compressed);

const isV1 = ({ environment, expected }: Look): boolean =>
  !environment.use_v2_feature_versioning && isMapped(expected);

const isV2 = ({ environment, expected }: Look): boolean =>
  environment.use_v2_feature_versioning && isMapped(expected);

function failsFor(reason: string) {
  return ({ expected }: Look): boolean =>
    expected !== null && isUnmappable(expected.compressed) && expected.compressed.failures.includes(reason);
}

/** Defaults of one feature, two by two, the lower id first. */
const pairs = ({ defaults }: Look): [FeatureStateRow, FeatureStateRow][] =>
  defaults.flatMap((a) =>
    defaults
      .filter((b) => b.feature_id === a.feature_id && b.id > a.id)
      .map((b): [FeatureStateRow, FeatureStateRow] => [a, b]),
  );

const bothLive = (a: FeatureStateRow, b: FeatureStateRow, { asOf }: Look): boolean =>
  [a, b].every(
    (state) => state.version !== null && state.live_from !== null && !isLater(state.live_from, asOf),
  );

const isLater = (moment: string | null, asOf: string): boolean =>
  moment !== null && microseconds(moment) > microseconds(asOf);

const isAt = (moment: string | null, asOf: string, laterBy: number): boolean =>
  moment !== null && microseconds(moment) === microseconds(asOf) + laterBy;

const usedVersions = ({ versions, defaults }: Look): FeatureVersionRow[] =>
  versions.filter(({ uuid }) => defaults.some((state) => state.environment_feature_version_id === uuid));

const isCurrent = ({ published_at, live_from }: FeatureVersionRow, { asOf }: Look): boolean =>
  published_at !== null && live_from !== null && !isLater(live_from, asOf);

const isOwn = ({ environment }: Look, version: FeatureVersionRow): boolean =>
  version.environment_id === environment.id;

const isProper = ({ published_at, deleted_at }: FeatureVersionRow): boolean =>
  published_at !== null && deleted_at === null;

/** The latest version would be a newer one, were that not what it is. */
const overriddenBelow = (look: Look, isNoLatest: (version: FeatureVersionRow) => boolean): boolean =>
  look.overrides.some((state) => {
    const own = look.versions.find(({ uuid }) => uuid === state.environment_feature_version_id);
    if (!own || !look.latest.includes(own.uuid) || !isShown(state.id, look)) return false;
    const ownFrom = own.live_from;
    return look.tables.feature_versioning_environmentfeatureversion.some(
      (newer) =>
        newer.feature_id === own.feature_id &&
        isNoLatest(newer) &&
        newer.live_from !== null &&
        isLater(newer.live_from, ownFrom!) &&
        !isLater(newer.live_from, look.asOf),
    );
  });

const isShown = (stateId: number, { tables, text }: Look): boolean =>
  text.includes(tables.features_featurestate.find(({ id }) => id === stateId)!.uuid);

const isSegmentShown = ({ id, name }: SegmentRow, text: string): boolean =>
  text.includes(`{"id":{"text":"${id}"},"name":${JSON.stringify(name)},"rules"`);

import {
  type Expression,
  featureSegment,
  featureVersion,
  insert,
  option,
  share,
  stateAndValue,
  yesterday,
} from './rows.js';

/**
 * A project that one action happens in: a standard and a multivariate feature, two segments that override the former,
 * and an environment under each kind of versioning, or under one; all of it old.
 */
export interface Stage {
  organisation: number;
  project: number;
  colour: number;
  size: number;
  /** Of the feature `size`. */
  options: [number, number];
  pros: StagedSegment;
  novices: StagedSegment;
  v1: StagedEnvironment;
  v2: StagedEnvironment;
  /** Those that are there. */
  environments: StagedEnvironment[];
  /** An id that no row has, in whatever table. */
  newId: () => number;
}

export interface StagedSegment {
  id: number;
  rule: number;
  innerRule: number;
  condition: number;
}

export interface StagedEnvironment {
  id: number;
  colour: StagedState;
  size: StagedState;
  /** Overrides of `colour`. */
  pros: StagedOverride;
  novices: StagedOverride;
  /** The live version of each feature; undefined under v1 versioning. */
  versions: Map<number, string> | undefined;
}

export interface StagedState {
  id: number;
  feature: number;
  value: string;
  options: number[];
  override?: { id: number; segment: number; priority: number };
}
export interface StagedOverride extends StagedState {
  override: { id: number; segment: number; priority: number };
}

/** Settings of the project that an action begins with. */
export interface ProjectSettings {
  enable_dynamo_db?: boolean;
  identity_overrides_v2_migration_status?: string;
}

/** Far from what identity columns count up to. */
let lastId = 1_000_000;
const newId = () => ++lastId;
const SHARE = 20;

export function newStage(on: 'v1' | 'v2' | 'both'): Stage {
  const [colour, size] = [newId(), newId()];
  const options: [number, number] = [newId(), newId()];
  const newSegment = () => ({ id: newId(), rule: newId(), innerRule: newId(), condition: newId() });
  const [pros, novices] = [newSegment(), newSegment()];
  const state = (feature: number, value: string) => ({ id: newId(), feature, value });
  const newEnvironment = (isV2: boolean) => ({
    id: newId(),
    colour: { ...state(colour, 'red'), options: [] },
    size: { ...state(size, 'M'), options },
    pros: { ...state(colour, 'gold'), options: [], override: { id: newId(), segment: pros.id, priority: 0 } },
    novices: {
      ...{ ...state(colour, 'green'), options: [] },
      override: { id: newId(), segment: novices.id, priority: 1 },
    },
    versions: isV2 ? new Map([colour, size].map((feature) => [feature, crypto.randomUUID()])) : undefined,
  });
  const [v1, v2] = [newEnvironment(false), newEnvironment(true)];
  const environments = { v1: [v1], v2: [v2], both: [v1, v2] }[on];
  const project = { organisation: newId(), project: newId(), colour, size, options, pros, novices };
  return { ...project, v1, v2, environments, newId };
}

/** The rows of a stage, in an order that PostgreSQL takes them in. */
export const stageRows = (stage: Stage, settings: ProjectSettings): string[] => [
  insert('organisations_organisation', { id: stage.organisation, name: 'Acme' }),
  insert('organisations_subscription', { organisation_id: stage.organisation }),
  insert('projects_project', {
    ...{ id: stage.project, organisation_id: stage.organisation, name: 'Shop' },
    ...{ enable_dynamo_db: true, identity_overrides_v2_migration_status: 'COMPLETE', ...settings },
  }),
  ...featureRows(stage),
  ...segmentRows(stage.project, stage.pros, 'Pros'),
  ...segmentRows(stage.project, stage.novices, 'Novices'),
  ...stage.environments.flatMap((environment) => environmentRows(stage.project, environment)),
];

function featureRows({ project, colour, size, options }: Stage): string[] {
  const feature = (id: number, name: string, type: string) =>
    insert('features_feature', { id, project_id: project, name, type, created_date: yesterday });
  return [
    feature(colour, 'colour', 'STANDARD'),
    feature(size, 'size', 'MULTIVARIATE'),
    ...options.map((id, i) => option(id, size, `XL${i}`, SHARE)),
  ];
}

function segmentRows(
  project: number,
  { id, rule, innerRule, condition }: StagedSegment,
  name: string,
): string[] {
  const old = { created_at: yesterday };
  return [
    insert('segments_segment', { id, project_id: project, name, version: 1, version_of_id: id, ...old }),
    insert('segments_segmentrule', { id: rule, segment_id: id, type: 'ALL', ...old }),
    insert('segments_segmentrule', { id: innerRule, rule_id: rule, type: 'ANY', ...old }),
    insert('segments_condition', {
      ...{ id: condition, rule_id: innerRule, operator: 'EQUAL', property: 'plan', value: name, ...old },
    }),
  ];
}

function environmentRows(project: number, environment: StagedEnvironment): string[] {
  const { id, versions } = environment;
  return [
    insert('environments_environment', {
      ...{ id, project_id: project, name: 'Production', api_key: apiKeyOf(id) },
      ...{
        created_date: yesterday,
        updated_at: yesterday,
        use_v2_feature_versioning: versions !== undefined,
      },
    }),
    ...[...(versions ?? [])].map(([feature, uuid]) =>
      featureVersion({ uuid, environment: id, feature }, yesterday),
    ),
    ...statesOf(environment).flatMap((state) => rowsOfState(state, environment, yesterday)),
  ];
}

export const apiKeyOf = (environment: number) => `key-of-${environment}`;

export const statesOf = ({ colour, size, pros, novices }: StagedEnvironment): StagedState[] => [
  ...[colour, size, pros, novices],
];

/** A live state with all that hangs on it: one row each, an override's feature segment first. */
export function rowsOfState(
  { id, feature, value, options, override }: StagedState,
  environment: Pick<StagedEnvironment, 'id' | 'versions'>,
  liveFrom: Expression,
  hashingSalt?: number,
): string[] {
  const version = environment.versions?.get(feature);
  return [
    ...(override ? [featureSegment(environment.id, { ...override, feature }, version)] : []),
    ...stateAndValue({
      ...{ id, environment: environment.id, feature, value, featureSegment: override?.id },
      ...(environment.versions ? { featureVersion: version } : { version: 1, liveFrom }),
      ...(hashingSalt !== undefined && { hashingSalt }),
    }),
    ...options.map((id_) => share(id, id_, SHARE)),
  ];
}

/** The same state with ids of its own, for a copy of it to be inserted. */
export const copyOf = (state: StagedState): StagedState => ({
  ...state,
  id: newId(),
  ...(state.override && { override: { ...state.override, id: newId() } }),
});

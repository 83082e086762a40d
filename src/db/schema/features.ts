import { boolean, integer, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** A flag of a project. Its value in an environment is a feature state. */
export const features = pgTable('features_feature', {
  id: id(),
  name: varchar('name', { length: 2000 }).notNull(),
  createdDate: timestamptz('created_date').notNull(),
  /** Text whatever the value's type: seeding reads the type from it. */
  initialValue: varchar('initial_value', { length: 20000 }),
  description: text('description'),
  projectId: integer('project_id').notNull(),
  defaultEnabled: boolean('default_enabled').notNull(),
  /** STANDARD | MULTIVARIATE; old rows may say CONFIG | FLAG, which has no place in a compressed document. */
  type: varchar('type', { length: 50 }).notNull(),
  /** Has no say in a document. */
  isArchived: boolean('is_archived').notNull(),
  uuid: uuid('uuid').notNull(),
  /** Has no say in a document either: the feature's states count until they are deleted themselves. */
  deletedAt: timestamptz('deleted_at'),
  isServerKeyOnly: boolean('is_server_key_only').notNull(),
  /**
   * Ours, not Flagsmith's: the seeding flag of a feature. It exists only where creation is enabled, so a query that
   * must also run elsewhere names its columns and leaves this one out.
   */
  isCreating: boolean('is_creating').notNull().default(false),
});

/** A feature in an environment: the default, a segment override, or an identity override. */
export const featureStates = pgTable('features_featurestate', {
  id: id(),
  enabled: boolean('enabled').notNull(),
  /** Null only in rows that belong to no document. */
  environmentId: integer('environment_id'),
  featureId: integer('feature_id').notNull(),
  /** Set: an identity override, never in the document. */
  identityId: integer('identity_id'),
  /** Set: a segment override. */
  featureSegmentId: integer('feature_segment_id'),
  createdAt: timestamptz('created_at').notNull(),
  /** Of v1 versioning. Under v2 it is ignored, and null in newly made rows. */
  liveFrom: timestamptz('live_from'),
  updatedAt: timestamptz('updated_at').notNull(),
  /** Of v1 versioning. Null: the draft of a change request. */
  version: integer('version'),
  changeRequestId: integer('change_request_id'),
  /**
   * Must be a version 4: readers of the document refuse any other. The table's only unique column
   * besides the id.
   */
  uuid: uuid('uuid').notNull(),
  deletedAt: timestamptz('deleted_at'),
  /** Of v2 versioning: the version decides whether the state is live. */
  environmentFeatureVersionId: uuid('environment_feature_version_id'),
  /**
   * Stands in for the id as the document's `django_id` unless null or 0, so that a clone sorts
   * identities as its source does.
   */
  mvHashingSalt: integer('mv_hashing_salt'),
});

/** The value of a feature state, in the column that `type` names. */
export const featureStateValues = pgTable('features_featurestatevalue', {
  id: id(),
  /** int | bool, and anything else for text (usually unicode). The other columns may hold leftovers. */
  type: varchar('type', { length: 10 }),
  booleanValue: boolean('boolean_value'),
  integerValue: integer('integer_value'),
  stringValue: varchar('string_value', { length: 20000 }),
  featureStateId: integer('feature_state_id').notNull(),
  uuid: uuid('uuid').notNull(),
  /** Has no say in a document: a deleted value still counts. */
  deletedAt: timestamptz('deleted_at'),
});

/** That a feature has an override for a segment in an environment; a feature state holds the override. */
export const featureSegments = pgTable('features_featuresegment', {
  id: id(),
  /** Counted per feature, so that one segment's overrides often share a priority. */
  priority: integer('priority').notNull(),
  featureId: integer('feature_id').notNull(),
  segmentId: integer('segment_id').notNull(),
  /** Neither this nor `value` is in the document: the override's feature state counts. */
  enabled: boolean('enabled').notNull(),
  value: varchar('value', { length: 2000 }),
  valueType: varchar('value_type', { length: 50 }),
  environmentId: integer('environment_id').notNull(),
  uuid: uuid('uuid').notNull(),
  /** Of v2 versioning: each version has rows of its own. */
  environmentFeatureVersionId: uuid('environment_feature_version_id'),
});

/** Who looks after a feature. Not in the document. */
export const featureOwners = pgTable('features_feature_owners', {
  id: id(),
  featureId: integer('feature_id').notNull(),
  ffadminuserId: integer('ffadminuser_id').notNull(),
});

/** The tags of a feature. Not in the document. */
export const featureTags = pgTable('features_feature_tags', {
  id: id(),
  featureId: integer('feature_id').notNull(),
  tagId: integer('tag_id').notNull(),
});

import { boolean, integer, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** What environments, features and segments belong to. */
export const projects = pgTable('projects_project', {
  id: id(),
  name: varchar('name', { length: 2000 }).notNull(),
  createdDate: timestamptz('created_date').notNull(),
  organisationId: integer('organisation_id').notNull(),
  hideDisabledFlags: boolean('hide_disabled_flags').notNull(),
  /** Where false, none of the environments has an item. */
  enableDynamoDb: boolean('enable_dynamo_db').notNull(),
  uuid: uuid('uuid').notNull(),
  /** Feature states are then seeded disabled and without a value. */
  preventFlagDefaults: boolean('prevent_flag_defaults').notNull(),
  enableRealtimeUpdates: boolean('enable_realtime_updates').notNull(),
  onlyAllowLowerCaseFeatureNames: boolean('only_allow_lower_case_feature_names').notNull(),
  featureNameRegex: varchar('feature_name_regex', { length: 255 }),
  /** Has no say in a document: an environment not yet deleted itself is still written. */
  deletedAt: timestamptz('deleted_at'),
  maxFeaturesAllowed: integer('max_features_allowed').notNull(),
  maxSegmentsAllowed: integer('max_segments_allowed').notNull(),
  maxSegmentOverridesAllowed: integer('max_segment_overrides_allowed').notNull(),
  /**
   * NOT_STARTED | IN_PROGRESS | COMPLETE | INCOMPLETE; with the last two, environments have a v2 item
   * as well.
   */
  identityOverridesV2MigrationStatus: varchar('identity_overrides_v2_migration_status', {
    length: 50,
  }).notNull(),
  staleFlagsLimitDays: integer('stale_flags_limit_days').notNull(),
  edgeV2MigrationReadCapacityBudget: integer('edge_v2_migration_read_capacity_budget'),
  minimumChangeRequestApprovals: integer('minimum_change_request_approvals'),
  enforceFeatureOwners: boolean('enforce_feature_owners').notNull(),
});

/** Labels that features can carry. Not in the document. */
export const tags = pgTable('tags_tag', {
  id: id(),
  label: varchar('label', { length: 100 }).notNull(),
  color: varchar('color', { length: 10 }).notNull(),
  description: varchar('description', { length: 512 }),
  projectId: integer('project_id').notNull(),
  uuid: uuid('uuid').notNull(),
  isPermanent: boolean('is_permanent').notNull(),
  isSystemTag: boolean('is_system_tag').notNull(),
  type: varchar('type', { length: 100 }).notNull(),
});

import { boolean, integer, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** v2 versioning: a version of a feature in an environment. */
export const environmentFeatureVersions = pgTable('feature_versioning_environmentfeatureversion', {
  /**
   * Counts for segment overrides and not for defaults: there, the feature states of a deleted version
   * stay live until deleted themselves.
   */
  deletedAt: timestamptz('deleted_at'),
  uuid: uuid('uuid').primaryKey(),
  description: text('description'),
  createdAt: timestamptz('created_at').notNull(),
  updatedAt: timestamptz('updated_at').notNull(),
  /** Null: a draft. */
  publishedAt: timestamptz('published_at'),
  /** In the future: scheduled, though published. */
  liveFrom: timestamptz('live_from'),
  changeRequestId: integer('change_request_id'),
  createdById: integer('created_by_id'),
  environmentId: integer('environment_id').notNull(),
  featureId: integer('feature_id').notNull(),
  publishedById: integer('published_by_id'),
  createdByApiKeyId: varchar('created_by_api_key_id', { length: 150 }),
  publishedByApiKeyId: varchar('published_by_api_key_id', { length: 150 }),
  pipelineStageId: integer('pipeline_stage_id'),
  phasedRolloutStateId: integer('phased_rollout_state_id'),
});

/**
 * Changes waiting for approval. Never consulted for a document: the rows they made say whether they are
 * live.
 */
export const changeRequests = pgTable('workflows_core_changerequest', {
  id: id(),
  createdAt: timestamptz('created_at').notNull(),
  updatedAt: timestamptz('updated_at').notNull(),
  title: varchar('title', { length: 500 }).notNull(),
  description: text('description'),
  deletedAt: timestamptz('deleted_at'),
  committedAt: timestamptz('committed_at'),
  committedById: integer('committed_by_id'),
  environmentId: integer('environment_id'),
  userId: integer('user_id'),
  uuid: uuid('uuid').notNull(),
  ignoreConflicts: boolean('ignore_conflicts').notNull(),
  projectId: integer('project_id').notNull(),
});

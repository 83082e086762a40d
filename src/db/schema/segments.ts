import { boolean, integer, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** A group of identities, live or an earlier revision of one that is. */
export const segments = pgTable('segments_segment', {
  id: id(),
  name: varchar('name', { length: 2000 }).notNull(),
  description: text('description'),
  projectId: integer('project_id').notNull(),
  uuid: uuid('uuid').notNull(),
  /** Set: made for this feature only, and in the document only where the feature overrides it. */
  featureId: integer('feature_id'),
  deletedAt: timestamptz('deleted_at'),
  version: integer('version'),
  /** The segment this is a revision of. The live one names itself; a row with null is not live. */
  versionOfId: integer('version_of_id'),
  createdAt: timestamptz('created_at'),
  updatedAt: timestamptz('updated_at'),
  changeRequestId: integer('change_request_id'),
  isSystemSegment: boolean('is_system_segment').notNull(),
  managedBy: varchar('managed_by', { length: 50 }).notNull(),
  /** Never read: the rules come from the tables below. */
  rulesData: jsonb('rules_data'),
});

/** A rule of a segment or, nested to any depth, of another rule. */
export const segmentRules = pgTable('segments_segmentrule', {
  id: id(),
  /** ALL | ANY | NONE; readers refuse the document for any other. */
  type: varchar('type', { length: 50 }).notNull(),
  /** The rule around this one. Null: outermost. */
  ruleId: integer('rule_id'),
  /** Set in outermost rules only. */
  segmentId: integer('segment_id'),
  uuid: uuid('uuid').notNull(),
  deletedAt: timestamptz('deleted_at'),
  createdAt: timestamptz('created_at'),
  updatedAt: timestamptz('updated_at'),
});

/** What a rule asks of an identity. */
export const conditions = pgTable('segments_condition', {
  id: id(),
  operator: varchar('operator', { length: 500 }).notNull(),
  /** In the document as `property_`, underscore included. */
  property: varchar('property', { length: 1000 }),
  value: varchar('value', { length: 1000 }),
  ruleId: integer('rule_id').notNull(),
  uuid: uuid('uuid').notNull(),
  description: text('description'),
  createdWithSegment: boolean('created_with_segment').notNull(),
  deletedAt: timestamptz('deleted_at'),
  createdAt: timestamptz('created_at'),
  updatedAt: timestamptz('updated_at'),
});

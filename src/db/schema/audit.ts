import { boolean, integer, pgTable, text, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** What was changed: Flagsmith writes documents when a row is inserted here, and so do we. */
export const auditLogs = pgTable('audit_auditlog', {
  id: id(),
  /**
   * When the change was made, not when the row was: usually a second earlier, sometimes much more, and
   * not rising with the id.
   */
  createdDate: timestamptz('created_date').notNull(),
  log: text('log').notNull(),
  authorId: integer('author_id'),
  /** Null: concerns every environment of the project. */
  environmentId: integer('environment_id'),
  /** Null where the object is known by its uuid, as versions are. */
  relatedObjectId: integer('related_object_id'),
  /** The name of a kind, like FEATURE_STATE. CHANGE_REQUEST alone leads to no write. */
  relatedObjectType: varchar('related_object_type', { length: 20 }),
  projectId: integer('project_id'),
  /** Reactions to leave out, separated by commas; `send_environments_to_dynamodb` is one. */
  skipSignals: varchar('skip_signals', { length: 500 }),
  /** Of a table that is not described here. */
  masterApiKeyId: varchar('master_api_key_id', { length: 150 }),
  isSystemEvent: boolean('is_system_event').notNull(),
  historyRecordClassPath: varchar('history_record_class_path', { length: 200 }),
  historyRecordId: integer('history_record_id'),
  relatedObjectUuid: varchar('related_object_uuid', { length: 36 }),
});

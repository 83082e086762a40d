import { boolean, doublePrecision, integer, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** One row, one document. */
export const environments = pgTable('environments_environment', {
  id: id(),
  name: varchar('name', { length: 2000 }).notNull(),
  createdDate: timestamptz('created_date').notNull(),
  /** Key of the v1 item. It can change, and it grants access: never in a history, a log or a metric. */
  apiKey: varchar('api_key', { length: 100 }).notNull(),
  projectId: integer('project_id').notNull(),
  webhookUrl: varchar('webhook_url', { length: 200 }),
  webhooksEnabled: boolean('webhooks_enabled').notNull(),
  minimumChangeRequestApprovals: integer('minimum_change_request_approvals'),
  allowClientTraits: boolean('allow_client_traits').notNull(),
  description: text('description'),
  /**
   * Set to the date of an audit log: it can fall, and two different documents can share it. No order
   * follows from it.
   */
  updatedAt: timestamptz('updated_at').notNull(),
  bannerColour: varchar('banner_colour', { length: 7 }),
  bannerText: varchar('banner_text', { length: 255 }),
  /** Deleting is an update: the row stays. */
  deletedAt: timestamptz('deleted_at'),
  /** Null: the project's setting counts. */
  hideDisabledFlags: boolean('hide_disabled_flags'),
  /** In the document as `use_identity_composite_key_for_hashing`. */
  useMvV2Evaluation: boolean('use_mv_v2_evaluation').notNull(),
  hideSensitiveData: boolean('hide_sensitive_data').notNull(),
  /**
   * Decides which feature states are live: their own `live_from`, or that of their environment feature
   * version.
   */
  useV2FeatureVersioning: boolean('use_v2_feature_versioning').notNull(),
  useIdentityOverridesInLocalEval: boolean('use_identity_overrides_in_local_eval').notNull(),
  /** Flagsmith's own seeding flag: up while a clone has not got all of its feature states. */
  isCreating: boolean('is_creating').notNull(),
  uuid: uuid('uuid').notNull(),
  /** Null: `onboarding_pending` in the document. */
  firstEvaluatedAt: timestamptz('first_evaluated_at'),
  firstEvaluatedSdkLabel: varchar('first_evaluated_sdk_label', { length: 100 }),
});

/** Server-side keys. Not in the document. */
export const environmentApiKeys = pgTable('environments_environmentapikey', {
  id: id(),
  key: varchar('key', { length: 100 }).notNull(),
  createdAt: timestamptz('created_at').notNull(),
  name: varchar('name', { length: 100 }).notNull(),
  expiresAt: timestamptz('expires_at'),
  active: boolean('active').notNull(),
  environmentId: integer('environment_id').notNull(),
});

/** Webhooks told of flag changes. Not in the document; its `webhook_config` is `webhookConfigurations`. */
export const environmentWebhooks = pgTable('environments_webhook', {
  id: id(),
  url: varchar('url', { length: 200 }).notNull(),
  environmentId: integer('environment_id').notNull(),
  enabled: boolean('enabled').notNull(),
  createdAt: timestamptz('created_at').notNull(),
  updatedAt: timestamptz('updated_at').notNull(),
  secret: varchar('secret', { length: 255 }).notNull(),
  uuid: uuid('uuid').notNull(),
});

/** Identities kept in PostgreSQL. Not in the document. */
export const identities = pgTable('environments_identity', {
  id: id(),
  identifier: varchar('identifier', { length: 2000 }).notNull(),
  createdDate: timestamptz('created_date').notNull(),
  environmentId: integer('environment_id').notNull(),
  systemTraits: jsonb('system_traits').notNull(),
});

/** What is known of an identity. Not in the document. */
export const traits = pgTable('environments_trait', {
  id: id(),
  traitKey: varchar('trait_key', { length: 200 }).notNull(),
  valueType: varchar('value_type', { length: 10 }),
  booleanValue: boolean('boolean_value'),
  integerValue: integer('integer_value'),
  stringValue: varchar('string_value', { length: 2000 }),
  createdDate: timestamptz('created_date').notNull(),
  identityId: integer('identity_id').notNull(),
  floatValue: doublePrecision('float_value'),
});

import { bigint, boolean, integer, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** The customer. Part of the document: id, name and four of its settings. */
export const organisations = pgTable('organisations_organisation', {
  id: id(),
  name: varchar('name', { length: 2000 }).notNull(),
  hasRequestedFeatures: boolean('has_requested_features').notNull(),
  webhookNotificationEmail: varchar('webhook_notification_email', { length: 254 }),
  createdDate: timestamptz('created_date').notNull(),
  alertedOverPlanLimit: boolean('alerted_over_plan_limit').notNull(),
  stopServingFlags: boolean('stop_serving_flags').notNull(),
  persistTraitData: boolean('persist_trait_data').notNull(),
  blockAccessToAdmin: boolean('block_access_to_admin').notNull(),
  featureAnalytics: boolean('feature_analytics').notNull(),
  restrictProjectCreateToAdmin: boolean('restrict_project_create_to_admin').notNull(),
  uuid: uuid('uuid').notNull(),
  deletedAt: timestamptz('deleted_at'),
  force2fa: boolean('force_2fa').notNull(),
  targetingKey: varchar('targeting_key', { length: 64 }),
});

/** An organisation's plan: one row each. Without it Flagsmith's own writer fails for all its projects. */
export const subscriptions = pgTable('organisations_subscription', {
  id: id(),
  subscriptionId: varchar('subscription_id', { length: 100 }),
  subscriptionDate: timestamptz('subscription_date'),
  plan: varchar('plan', { length: 100 }),
  organisationId: integer('organisation_id').notNull(),
  maxSeats: integer('max_seats').notNull(),
  cancellationDate: timestamptz('cancellation_date'),
  customerId: varchar('customer_id', { length: 100 }),
  notes: varchar('notes', { length: 500 }),
  paymentMethod: varchar('payment_method', { length: 20 }),
  /** A number: a plan has far fewer calls than 2^53. */
  maxApiCalls: bigint('max_api_calls', { mode: 'number' }).notNull(),
  uuid: uuid('uuid').notNull(),
  deletedAt: timestamptz('deleted_at'),
  billingStatus: varchar('billing_status', { length: 20 }),
});

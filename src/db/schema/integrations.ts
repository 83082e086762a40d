import { integer, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from './columns.js';

/** What every integration has. An environment has one row of a kind at most; a deleted one counts as none. */
const integration = () => ({
  id: id(),
  environmentId: integer('environment_id').notNull(),
  uuid: uuid('uuid').notNull(),
  deletedAt: timestamptz('deleted_at'),
});

const apiKey = () => varchar('api_key', { length: 100 }).notNull();
const baseUrl = () => varchar('base_url', { length: 200 });

/** `amplitude_config` in the document. The one kind whose base URL is never null. */
export const amplitudeConfigurations = pgTable('amplitude_amplitudeconfiguration', {
  ...integration(),
  baseUrl: baseUrl().notNull(),
  apiKey: apiKey(),
});

/** `heap_config` in the document. */
export const heapConfigurations = pgTable('heap_heapconfiguration', {
  ...integration(),
  baseUrl: baseUrl(),
  apiKey: apiKey(),
});

/** `mixpanel_config` in the document. */
export const mixpanelConfigurations = pgTable('mixpanel_mixpanelconfiguration', {
  ...integration(),
  baseUrl: baseUrl(),
  apiKey: apiKey(),
});

/** `rudderstack_config` in the document. */
export const rudderstackConfigurations = pgTable('rudderstack_rudderstackconfiguration', {
  ...integration(),
  baseUrl: baseUrl(),
  apiKey: apiKey(),
});

/** `segment_config` in the document: Segment the product, not a segment of identities. */
export const segmentConfigurations = pgTable('segment_segmentconfiguration', {
  ...integration(),
  baseUrl: baseUrl(),
  apiKey: apiKey(),
});

/** `webhook_config` in the document. */
export const webhookConfigurations = pgTable('webhook_webhookconfiguration', {
  ...integration(),
  url: varchar('url', { length: 200 }).notNull(),
  secret: varchar('secret', { length: 255 }).notNull(),
});

/** Never in the document: its `dynatrace_config` is null whatever stands here. */
export const dynatraceConfigurations = pgTable('dynatrace_dynatraceconfiguration', {
  ...integration(),
  baseUrl: baseUrl(),
  apiKey: apiKey(),
  entitySelector: varchar('entity_selector', { length: 1000 }).notNull(),
});

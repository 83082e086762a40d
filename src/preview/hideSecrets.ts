import type { JsonObject } from '../document/attributeJson.js';

const HIDDEN = '***';
/** The environment's own key, as the v1 and as the v2 item name it. */
const SECRET_ATTRIBUTES = new Set(['api_key', 'environment_api_key']);
/** Of integrations. A webhook's address counts: who has it can often post there without anything else. */
const SECRET_INTEGRATION_ATTRIBUTES = new Set(['api_key', 'secret', 'url']);

/** A copy of a document's content without what grants access. What is null or empty stays: that it is, is no secret. */
export const hideSecrets = (document: JsonObject): JsonObject =>
  mapEntries(document, (name, value) => {
    if (SECRET_ATTRIBUTES.has(name)) return hidden(value);
    return name.endsWith('_config') && value !== null ? hideIntegrationSecrets(value as JsonObject) : value;
  });

const hideIntegrationSecrets = (integration: JsonObject): JsonObject =>
  mapEntries(integration, (name, value) => (SECRET_INTEGRATION_ATTRIBUTES.has(name) ? hidden(value) : value));

const hidden = (value: unknown) => (value === null || value === '' ? value : HIDDEN);

const mapEntries = (object: JsonObject, change: (name: string, value: unknown) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));

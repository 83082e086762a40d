import type { IntegrationRow } from './rows.js';
import type { EnvironmentDocument, Integration, Webhook } from './types.js';

type Integrations = Pick<
  EnvironmentDocument,
  | 'amplitude_config'
  | 'dynatrace_config'
  | 'heap_config'
  | 'mixpanel_config'
  | 'rudderstack_config'
  | 'segment_config'
  | 'webhook_config'
>;

export function buildIntegrations(rows: IntegrationRow[]): Integrations {
  const integrations: Integrations = {
    amplitude_config: null,
    dynatrace_config: null,
    heap_config: null,
    mixpanel_config: null,
    rudderstack_config: null,
    segment_config: null,
    webhook_config: null,
  };
  for (const row of rows) {
    if (row.kind === 'webhook') integrations.webhook_config = buildWebhook(row);
    else integrations[`${row.kind}_config`] = buildIntegration(row);
  }
  return integrations;
}

const buildIntegration = (row: Exclude<IntegrationRow, { kind: 'webhook' }>): Integration => ({
  api_key: row.apiKey,
  base_url: row.baseUrl,
  entity_selector: null,
});

const buildWebhook = (row: Extract<IntegrationRow, { kind: 'webhook' }>): Webhook => ({
  url: row.url,
  secret: row.secret,
});

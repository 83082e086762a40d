import type { IntegrationRow } from '../../document/rows.js';
import type { DatabaseSession } from '../connect.js';

/** The environment's integrations that are in its document, deleted ones left out; at most one of each kind. */
export async function selectIntegrations(
  tx: DatabaseSession,
  environmentId: number,
): Promise<IntegrationRow[]> {
  const rows = await tx<FlatRow[]>`
    SELECT 'amplitude' AS kind, api_key AS credential, base_url AS url
    FROM public.amplitude_amplitudeconfiguration WHERE environment_id = ${environmentId} AND deleted_at IS NULL
    UNION ALL
    SELECT 'heap', api_key, base_url
    FROM public.heap_heapconfiguration WHERE environment_id = ${environmentId} AND deleted_at IS NULL
    UNION ALL
    SELECT 'mixpanel', api_key, base_url
    FROM public.mixpanel_mixpanelconfiguration WHERE environment_id = ${environmentId} AND deleted_at IS NULL
    UNION ALL
    SELECT 'rudderstack', api_key, base_url
    FROM public.rudderstack_rudderstackconfiguration WHERE environment_id = ${environmentId} AND deleted_at IS NULL
    UNION ALL
    SELECT 'segment', api_key, base_url
    FROM public.segment_segmentconfiguration WHERE environment_id = ${environmentId} AND deleted_at IS NULL
    UNION ALL
    SELECT 'webhook', secret, url
    FROM public.webhook_webhookconfiguration WHERE environment_id = ${environmentId} AND deleted_at IS NULL`;
  return rows.map(toIntegration);
}

type FlatRow =
  | {
      kind: 'amplitude' | 'heap' | 'mixpanel' | 'rudderstack' | 'segment';
      credential: string;
      url: string | null;
    }
  | { kind: 'webhook'; credential: string; url: string };

const toIntegration = (row: FlatRow): IntegrationRow =>
  row.kind === 'webhook'
    ? { kind: row.kind, url: row.url, secret: row.credential }
    : { kind: row.kind, apiKey: row.credential, baseUrl: row.url };

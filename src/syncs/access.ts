import type { Client } from '@temporalio/client';
import { syncWorkflowId } from '../workflows/contract.js';

/** Where an installation's syncs are looked at. */
export interface SyncsAccess {
  /** Of the namespace that the syncs run in. */
  client: Client;
  instanceName: string;
  /** Where Temporal's web UI is, for links. */
  webUiUrl: string;
}

const DEADLINE_MS = 10_000;

/** Rather than have whoever looks wait for ever: a client without a deadline does. */
export const inTime = <T>(client: Client, ask: () => Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> =>
  client.withDeadline(Date.now() + deadlineMs, ask);

/** The page of a workflow in Temporal's web UI. */
export const workflowLink = ({ client, webUiUrl }: SyncsAccess, workflowId: string): string =>
  `${webUiUrl}/namespaces/${encodeURIComponent(client.options.namespace)}/workflows/${encodeURIComponent(workflowId)}`;

/** What the ids of an installation's syncs begin with. */
export const syncIdPrefix = (instanceName: string): string => syncWorkflowId(instanceName, 0).slice(0, -1);

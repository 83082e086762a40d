import type { SyncState } from '../workflows/contract.js';
import { searchAttributes } from '../workflows/searchAttributes.js';
import { inTime, type SyncsAccess, syncIdPrefix } from './access.js';

/** A run as Temporal lists it, which may be a second behind. */
export interface ListedSync {
  environmentId: number;
  workflowId: string;
  runId: string;
  /** Of a run that has ended: UTC, ISO 8601. */
  endedAt: string | null;
  /** Only where the search attribute is registered. */
  state: SyncState | undefined;
}

/** As Temporal's list filters spell them. */
export const UNSUCCESSFUL = ['Failed', 'TimedOut', 'Terminated', 'Canceled'] as const;
type Status = 'Running' | 'Completed' | (typeof UNSUCCESSFUL)[number];

/** The installation's syncs with one of these statuses, page by page, latest first. Needs no search attribute of ours. */
export async function* listSyncs(
  access: SyncsAccess,
  statuses: readonly Status[],
  environmentId?: number,
): AsyncGenerator<ListedSync> {
  const { client, instanceName } = access;
  const prefix = syncIdPrefix(instanceName);
  const query = `${syncsQuery(instanceName, environmentId)} AND ExecutionStatus IN (${statuses.map(quoted).join(', ')})`;
  const runs = client.workflow.list({ query })[Symbol.asyncIterator]();
  for (;;) {
    const next = await inTime(client, () => runs.next());
    if (next.done) return;
    const { workflowId, runId, closeTime, typedSearchAttributes } = next.value;
    yield {
      environmentId: Number(workflowId.slice(prefix.length)),
      workflowId,
      runId,
      endedAt: closeTime?.toISOString() ?? null,
      state: typedSearchAttributes.get(searchAttributes.state) as SyncState | undefined,
    };
  }
}

/** How many runs failed since then. */
export async function countFailedSince({ client, instanceName }: SyncsAccess, since: Date): Promise<number> {
  const query = `${syncsQuery(instanceName)} AND ExecutionStatus = 'Failed' AND CloseTime >= ${quoted(since.toISOString())}`;
  const { count } = await inTime(client, () => client.workflow.count(query));
  return count;
}

/** An instance's name holds no quotes. */
function syncsQuery(instanceName: string, environmentId?: number): string {
  const prefix = syncIdPrefix(instanceName);
  const ids =
    environmentId === undefined
      ? `WorkflowId STARTS_WITH ${quoted(prefix)}`
      : `WorkflowId = ${quoted(prefix + String(environmentId))}`;
  return `WorkflowType = 'environmentDocumentSync' AND ${ids}`;
}

const quoted = (text: string) => `'${text}'`;

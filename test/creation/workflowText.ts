import type { WorkflowHandle } from '@temporalio/client';

/** Everything that a workflow's history says, payloads decoded. */
export async function historyText(handle: WorkflowHandle): Promise<string> {
  const parts: string[] = [];
  collect(await handle.fetchHistory(), parts);
  return parts.join('\n');
}

function collect(value: unknown, parts: string[]): void {
  if (value instanceof Uint8Array) parts.push(Buffer.from(value).toString());
  else if (typeof value === 'string') parts.push(value);
  else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) collect(inner, parts);
  }
}

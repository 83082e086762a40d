import { randomUUID } from 'node:crypto';
import type { Workflow, WorkflowHandle } from '@temporalio/client';
import { InvalidArgumentError } from 'commander';
import { readClientConfig } from '../../config.js';
import type { CreationTarget } from '../../creation/startCreation.js';
import { withTemporal } from '../temporal.js';
import { followInTerminal } from './followInTerminal.js';

/** What every creation takes besides its input. */
export interface CreateFlags {
  requestId?: string;
  json?: true;
}

/** Starts a creation, follows it to its end, and prints the id of what it made. */
export const create = <T extends Workflow>(
  { requestId = randomUUID(), json }: CreateFlags,
  start: (target: CreationTarget, requestId: string) => Promise<WorkflowHandle<T>>,
): Promise<void> =>
  withTemporal(async (client) => {
    const config = readClientConfig(process.env);
    const handle = await start({ client, ...config }, requestId);
    console.error(`Request ${requestId}: given again as --request-id, it creates nothing twice.`);
    const { result, workflowId, link } = await followInTerminal(client, config, handle);
    console.log(
      json
        ? JSON.stringify({ ...(result as object), requestId, workflowId, link })
        : `Created: ${describe(result as object)}`,
    );
  });

const describe = (created: object) =>
  'environmentId' in created
    ? `environment ${String(created.environmentId)}`
    : `feature ${String((created as { featureId: number }).featureId)}`;

/** A part of a workflow id. */
export function parseRequestId(text: string): string {
  if (!/^[\w.:-]{1,100}$/.test(text))
    throw new InvalidArgumentError('expected 1 to 100 letters, digits, or any of . : _ -');
  return text;
}

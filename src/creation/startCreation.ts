import { isDeepStrictEqual } from 'node:util';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { cloneEnvironment, createEnvironment, createFeature } from '../workflows/index.js';
import type {
  CloneEnvironmentInput,
  CreateEnvironmentInput,
  CreateFeatureInput,
} from '../workflows/creationContract.js';
import { WORKFLOW_TASK_TIMEOUT } from '../workflows/contract.js';
import { cloneInput, environmentInput, featureInput } from './inputs.js';
import { parseInput } from './invalidInput.js';

/** Where creation workflows are started. */
export interface CreationTarget {
  client: Client;
  instanceName: string;
  taskQueue: string;
}

/**
 * Starts the creation of an environment, once for its `requestId`: asked again, it gives the workflow of the first time, be it
 * running or ended.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field, before anything is started
 * @throws if the request id was used for another input
 */
export const startCreateEnvironment = async (
  target: CreationTarget,
  input: CreateEnvironmentInput,
  requestId: string,
): Promise<WorkflowHandle<typeof createEnvironment>> => {
  parseInput(environmentInput.omit({ uuid: true }), input);
  return await start<typeof createEnvironment>(
    target,
    'createEnvironment',
    'create-environment',
    input,
    requestId,
  );
};

/**
 * Starts the creation of a clone of an environment, once for its `requestId`: asked again, it gives the workflow of the first time, be it
 * running or ended.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field, before anything is started
 * @throws if the request id was used for another input
 */
export const startCloneEnvironment = async (
  target: CreationTarget,
  input: CloneEnvironmentInput,
  requestId: string,
): Promise<WorkflowHandle<typeof cloneEnvironment>> => {
  parseInput(cloneInput.omit({ uuid: true }), input);
  return await start<typeof cloneEnvironment>(
    target,
    'cloneEnvironment',
    'clone-environment',
    input,
    requestId,
  );
};

/**
 * Starts the creation of a feature, once for its `requestId`: asked again, it gives the workflow of the first time, be it
 * running or ended.
 *
 * @throws {ApplicationFailure} `InvalidInput`, naming the field, before anything is started
 * @throws if the request id was used for another input
 */
export const startCreateFeature = async (
  target: CreationTarget,
  input: CreateFeatureInput,
  requestId: string,
): Promise<WorkflowHandle<typeof createFeature>> => {
  parseInput(featureInput.omit({ uuid: true }), input);
  return await start<typeof createFeature>(target, 'createFeature', 'create-feature', input, requestId);
};

type Creation = typeof createEnvironment | typeof cloneEnvironment | typeof createFeature;

async function start<T extends Creation>(
  { client, instanceName, taskQueue }: CreationTarget,
  workflowType: string,
  kind: string,
  input: Parameters<T>[0],
  requestId: string,
): Promise<WorkflowHandle<T>> {
  const workflowId = `${kind}/${instanceName}/${requestId}`;
  try {
    await client.workflow.start(workflowType, {
      workflowId,
      taskQueue,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      args: [input],
      // Also of one that failed: what it had made by then is there, and the next one would make it again.
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: 'name' in input ? input.name : workflowType,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await requireSameInput(client.workflow.getHandle(workflowId), input, requestId);
  }
  return client.workflow.getHandle<T>(workflowId);
}

/** Somebody who asks for something else must not be told that it is there. */
async function requireSameInput(handle: WorkflowHandle, input: object, requestId: string): Promise<void> {
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const earlier = payload && defaultPayloadConverter.fromPayload<object>(payload);
  if (!isDeepStrictEqual(earlier, JSON.parse(JSON.stringify(input))))
    throw new Error(
      `requestId: ${requestId} was used before, for another input (workflow ${handle.workflowId}). Take another one.`,
    );
}

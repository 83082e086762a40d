import { randomUUID } from 'node:crypto';
import type { CreateEnvironmentInput, CreateFeatureInput } from '../../workflows/creationContract.js';
import type { createEnvironment, createFeature } from '../../workflows/index.js';
import type { Stage } from './stage.js';

/** Starts the product's workflow, as `temporal workflow start` does. Gives the workflow's id. */
export async function startCreateEnvironment(stage: Stage, input: CreateEnvironmentInput): Promise<string> {
  const { workflowId } = await stage.client.workflow.start<typeof createEnvironment>('createEnvironment', {
    taskQueue: stage.settings.taskQueue,
    workflowId: `create-environment/${input.name}/${randomUUID().slice(0, 8)}`,
    args: [input],
  });
  return workflowId;
}

/** As {@link startCreateEnvironment}. */
export async function startCreateFeature(stage: Stage, input: CreateFeatureInput): Promise<string> {
  const { workflowId } = await stage.client.workflow.start<typeof createFeature>('createFeature', {
    taskQueue: stage.settings.taskQueue,
    workflowId: `create-feature/${input.name}/${randomUUID().slice(0, 8)}`,
    args: [input],
  });
  return workflowId;
}

/** Creates the environments, all at once, and waits for them. */
export async function createEnvironments(stage: Stage, projectId: number, names: string[]): Promise<void> {
  const workflowIds = await Promise.all(
    names.map((name) => startCreateEnvironment(stage, { projectId, name })),
  );
  await Promise.all(workflowIds.map((workflowId) => stage.client.workflow.getHandle(workflowId).result()));
}

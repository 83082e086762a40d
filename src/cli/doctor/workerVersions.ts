import type { WorkflowService } from '@temporalio/client';
import { type Finding, warn } from './check.js';

export type TaskQueue = Awaited<ReturnType<WorkflowService['describeTaskQueue']>>;

/** Null: workers without one. */
type Version = { deploymentName: string; buildId: string } | null;

/** `VERSIONED` of Temporal's API. */
const VERSIONED = 2;

/**
 * What is wrong where Temporal gives new work to a version of which no worker polls, so that nothing is done although workers
 * are up; undefined where one does.
 */
export function tellIdleVersions({ pollers, versioningInfo }: TaskQueue): Finding | undefined {
  const current = toVersion(versioningInfo?.currentDeploymentVersion);
  const polling = pollers.map(({ deploymentOptions }) =>
    Number(deploymentOptions?.workerVersioningMode) === VERSIONED ? toVersion(deploymentOptions) : null,
  );
  if (polling.some((version) => nameOf(version) === nameOf(current))) return undefined;
  return warn(
    `workers poll, ${[...new Set(polling.map(nameOf))].join(' and ')}, but Temporal gives work to those ${nameOf(current)}`,
    remedyFor(polling, current),
  );
}

const toVersion = (
  version: { deploymentName?: string | null; buildId?: string | null } | null | undefined,
) =>
  version?.deploymentName && version.buildId
    ? { deploymentName: version.deploymentName, buildId: version.buildId }
    : null;

const nameOf = (version: Version): string =>
  version ? `of version ${version.buildId} of ${version.deploymentName}` : 'without a version';

function remedyFor(polling: Version[], current: Version): string {
  const versioned = polling.find((version) => version !== null);
  if (versioned) {
    const { deploymentName, buildId } = versioned;
    return `Make theirs current: temporal worker deployment set-current-version --deployment-name ${deploymentName} --build-id ${buildId}`;
  }
  return `Set TEMPORAL_DEPLOYMENT_NAME=${current?.deploymentName ?? ''} and TEMPORAL_WORKER_BUILD_ID on workers, or have Temporal give work to those without: temporal worker deployment set-current-version --deployment-name ${current?.deploymentName ?? ''} --unversioned`;
}

import assert from 'node:assert/strict';
import { type TaskQueue, tellIdleVersions } from '../../src/cli/doctor/workerVersions.js';

const VERSIONED = 2;
const UNVERSIONED = 1;

const version = (buildId: string) => ({ deploymentName: 'documents', buildId });
const poller = (buildId?: string) => ({
  deploymentOptions: buildId
    ? { ...version(buildId), workerVersioningMode: VERSIONED }
    : { deploymentName: '', buildId: '', workerVersioningMode: UNVERSIONED },
});
const queue = (current: string | undefined, ...pollers: object[]) =>
  ({
    pollers,
    versioningInfo: current === undefined ? null : { currentDeploymentVersion: version(current) },
  }) as unknown as TaskQueue;

describe('tellIdleVersions', () => {
  it('finds nothing wrong where a worker is of the version that is given work, or has none and none is wanted', () => {
    assert.equal(tellIdleVersions(queue('2', poller('1'), poller('2'))), undefined);
    assert.equal(tellIdleVersions(queue(undefined, poller('1'), poller())), undefined);
    assert.equal(tellIdleVersions(queue(undefined, {})), undefined);
  });

  it('tells of workers of other versions how theirs is made current', () => {
    const { found, remedy } = tellIdleVersions(queue('1', poller('2'), poller('2')))!;
    assert.equal(
      found,
      'workers poll, of version 2 of documents, but Temporal gives work to those of version 1 of documents',
    );
    assert.equal(
      remedy,
      'Make theirs current: temporal worker deployment set-current-version --deployment-name documents --build-id 2',
    );
  });

  it('tells of workers without a version both ways out', () => {
    const { found, remedy } = tellIdleVersions(queue('1', poller()))!;
    assert.match(found, /^workers poll, without a version, but .* of version 1 of documents$/);
    assert.match(remedy!, /TEMPORAL_DEPLOYMENT_NAME=documents .* --deployment-name documents --unversioned$/);
  });
});

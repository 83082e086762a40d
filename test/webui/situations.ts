import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { startRebuildSweep } from '../../src/sweeps/startSweep.js';
import { syncStatus } from '../../src/workflows/contract.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { silently } from '../support/database.js';
import { type TestSystem, useSystem } from '../support/system.js';

/** Environments whose syncs are, or were, in all the ways that a person on call looks for; in two projects. */
export interface Situations {
  system: TestSystem;
  projectId: number;
  organisationId: number;
  otherProjectId: number;
  /** Workflow id of a rebuild of the project that nobody works on. */
  sweepId: string;
  environments: {
    /** Waits for a seeding flag that stays up. */
    stuck: number;
    gaveUp: number;
    /** A row of it is one that edge servers could not read. */
    refused: number;
    /** Waited more than five seconds for its seeding. */
    slow: number;
    /** Waits for a change that goes live tomorrow. */
    scheduled: number;
    /** Written at once. */
    well: number;
    /** Written at once, in the other project. */
    elsewhere: number;
  };
}

/** As the query for the slowest has it. */
const SLOW_FROM_MS = 5_000;
const LONGER_THAN_SLOW_MS = SLOW_FROM_MS + 200;
const AN_HOUR = String(3_600_000);

/** Made once for the tests of the calling `describe`, with a worker that goes on running. */
export function useSituations(): Situations {
  const situations = { system: useSystem(), environments: {} } as Situations;
  before(async function () {
    this.timeout(120_000);
    await insertProjects(situations);
    await giveUp(situations);
    await sweep(situations);
    await situations.system.startWorker({
      SEEDING_INITIAL_DELAY_MS: AN_HOUR,
      SEEDING_MAX_DELAY_MS: AN_HOUR,
    });
    await Promise.all([
      getStuck(situations),
      beSlow(situations),
      beRefused(situations),
      waitForScheduled(situations),
      beWell(situations),
    ]);
  });
  return situations;
}

async function insertProjects(situations: Situations): Promise<void> {
  const { sql } = situations.system.database;
  situations.projectId = await insertProject(sql);
  situations.otherProjectId = await insertProject(sql);
  const [project] = await sql<{ organisationId: number }[]>`
    SELECT organisation_id AS "organisationId" FROM projects_project WHERE id = ${situations.projectId}`;
  situations.organisationId = project!.organisationId;
}

/** With a worker whose syncs look but once. */
async function giveUp(situations: Situations): Promise<void> {
  const { system, environments } = situations;
  const impatient = await system.startWorker({ SEEDING_MAX_ATTEMPTS: '1' });
  environments.gaveUp = await changed(situations, { is_creating: true });
  await ended(situations, environments.gaveUp);
  impatient.stop();
  await impatient.finished;
}

/** On a task queue without a worker: under way for as long as it is looked at. */
async function sweep(situations: Situations): Promise<void> {
  const { system, projectId } = situations;
  const settings = { instanceName: system.database.name, taskQueue: `${system.taskQueue}-without-worker` };
  situations.sweepId = (await startRebuildSweep(system.client, settings, { projectId })).workflowId;
}

async function getStuck(situations: Situations): Promise<void> {
  const { environments } = situations;
  environments.stuck = await changed(situations, { is_creating: true });
  await waiting(situations, environments.stuck, 'waiting for seeding');
}

async function beSlow(situations: Situations): Promise<void> {
  const { system, environments } = situations;
  environments.slow = await changed(situations, { is_creating: true });
  await waiting(situations, environments.slow, 'waiting for seeding');
  await delay(LONGER_THAN_SLOW_MS);
  await system.database
    .sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environments.slow}`;
  await ended(situations, environments.slow);
}

async function beRefused(situations: Situations): Promise<void> {
  const { system, projectId, environments } = situations;
  await silently(system.database, async (sql) => {
    environments.refused = await insertEnvironment(sql, projectId);
    const featureId = await insertFeature(sql, projectId, 'size');
    const stateId = await insertFeatureState(sql, environments.refused, featureId);
    await sql`
      UPDATE features_featurestate SET uuid = ('00000000-0000-1000-8000-' || lpad(id::text, 12, '0'))::uuid
      WHERE id = ${stateId}`;
  });
  await insertAuditLog(system.database.sql, { projectId, environmentId: environments.refused });
  await ended(situations, environments.refused);
}

async function waitForScheduled(situations: Situations): Promise<void> {
  const { system, projectId, environments } = situations;
  await silently(system.database, async (sql) => {
    environments.scheduled = await insertEnvironment(sql, projectId);
    const featureId = await insertFeature(sql, projectId, 'colour');
    await insertFeatureState(sql, environments.scheduled, featureId, 'now');
    const stateId = await insertFeatureState(sql, environments.scheduled, featureId, 'then');
    await sql`
      UPDATE features_featurestate SET version = 2, live_from = clock_timestamp() + interval '1 day' WHERE id = ${stateId}`;
  });
  await insertAuditLog(system.database.sql, { projectId, environmentId: environments.scheduled });
  await waiting(situations, environments.scheduled, 'waiting for a scheduled change');
}

async function beWell(situations: Situations): Promise<void> {
  const { otherProjectId, environments } = situations;
  environments.well = await writtenAtOnce(situations);
  environments.elsewhere = await writtenAtOnce({ ...situations, projectId: otherProjectId });
}

/** On a busy machine a sync may take as long as one that waited: then another one is tried. */
async function writtenAtOnce(situations: Situations): Promise<number> {
  for (;;) {
    const environmentId = await changed(situations);
    await ended(situations, environmentId);
    const { startTime, closeTime } = await situations.system.syncOf(environmentId).describe();
    if (closeTime!.getTime() - startTime.getTime() < SLOW_FROM_MS) return environmentId;
  }
}

/** Told of by its audit row alone: one run, be it long over when the next worker comes. */
async function changed(
  { system, projectId }: Pick<Situations, 'system' | 'projectId'>,
  columns: { is_creating?: boolean } = {},
): Promise<number> {
  const environmentId = await silently(system.database, (sql) => insertEnvironment(sql, projectId, columns));
  await insertAuditLog(system.database.sql, { projectId, environmentId });
  return environmentId;
}

/** Once the relay has started the sync, until its end, good or bad. */
async function ended({ system }: Situations, environmentId: number): Promise<void> {
  const sync = system.syncOf(environmentId);
  await until(() => sync.describe());
  await sync.result().catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error;
  });
}

async function waiting({ system }: Situations, environmentId: number, state: string): Promise<void> {
  await until(async () => {
    const status = await system.syncOf(environmentId).query(syncStatus);
    if (status.state !== state) throw new Error(`it is ${status.state}`);
  });
}

/** Bounded by the hook's own time. */
async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch {
      await delay(50);
    }
  }
}

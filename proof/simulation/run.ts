import { ApplicationFailure } from '@temporalio/common';
import { failureTypes } from '../../src/workflows/contract.js';
import { environmentDocumentSync } from '../../src/workflows/environmentDocumentSync.js';
import { type Findings, isClean } from '../checker/findings.js';
import type { Arm } from './arms/arms.js';
import { DynamoTables } from './dynamo/tables.js';
import { takePart } from './parts.js';
import type { Plan } from './plan.js';
import { PostgresServer } from './postgres/server.js';
import type { State } from './postgres/state.js';
import { Random } from './random.js';
import { type Owner, Scheduler, type Trace } from './scheduler.js';
import { ActivityAttempt, setActivityScheduler } from './temporal/activityAttempt.js';
import { TemporalServer } from './temporal/server.js';
import { setTime } from './virtualTime.js';
import { Witness } from './witness.js';
import { delayMs } from './worker/times.js';
import { WorkerProcess } from './worker/workerProcess.js';
import type { World } from './world.js';

export interface RunResult {
  seed: number;
  findings: Findings;
  /** Faults that no document shows: syncs that failed without reason, or never came to rest. */
  failures: string[];
  steps: number;
  /** Equal for runs that took the same course. */
  courseHash: number;
  /** How often each situation came about. */
  counts: Record<string, number>;
  /** What the checker was given, where something was found. */
  history: string[];
}

export const isFaultless = ({ findings, failures }: RunResult): boolean =>
  isClean(findings) && failures.length === 0;

/** More than any run needs. */
const MAX_STEPS = 20_000;

/** The same plan and arm give the same run, step by step. */
export async function run(planned: Plan, arm: Arm, trace?: Trace): Promise<RunResult> {
  // Flagsmith's own way is modelled for the first table alone.
  const plan = arm.algorithm === 'flagsmith' ? { ...planned, hasV2Items: false } : planned;
  const counts = new Map<string, number>();
  const tally = (name: string, by = 1) => {
    counts.set(name, (counts.get(name) ?? 0) + by);
  };
  const random = (name: string) => new Random(plan.seed, name);
  const owner = (name: string): Owner => ({ name, random: random(name) });
  const scheduler = new Scheduler(trace, MAX_STEPS);
  setTime(scheduler);
  setActivityScheduler(scheduler);

  const network = owner('network');
  const server = new PostgresServer(initialState(plan, random('project')), arm.hasEpoch);
  const witness = new Witness();
  const tables = new DynamoTables(
    scheduler,
    network,
    (change) => {
      witness.changed(change, scheduler.nowMs);
      scheduler.tell(`${change.table}/${change.key} ${change.item ? 'is written' : 'is deleted'}`);
    },
    (sender, isAccepted) => {
      const attempt = sender?.activity;
      const isLate = attempt instanceof ActivityAttempt && attempt.isGivenUp;
      const isOfDead = sender?.process?.isAlive === false;
      if (isLate || isOfDead) tally(isAccepted ? 'puts of zombies accepted' : 'puts of zombies refused');
    },
  );
  const temporalOwner = owner('temporal');
  const temporal = new TemporalServer(scheduler, temporalOwner, environmentDocumentSync, {
    dispatchMs: () => delayMs(temporalOwner.random, plan.weather),
    workflowTaskMs: () => delayMs(temporalOwner.random, plan.weather),
    answerMs: () => delayMs(temporalOwner.random, plan.weather),
    clockAheadMs: plan.clockAheadMs,
    continueAsNewAfter: plan.continueAsNewAfter,
    eventsOfActivation: plan.eventsOfActivation,
  });
  const { weather } = plan;
  const world: World = { arm, weather, scheduler, network, server, temporal, tables, random, tally };

  const workers = Array.from({ length: plan.workers }, (_, i) => new WorkerProcess(world, `worker${i + 1}`));
  const committed = () => {
    witness.committed(server.state, scheduler.nowMs);
  };
  committed();
  const postgres = owner('postgres');
  server.onCommit(({ before, after }) => {
    committed();
    if (before.outbox !== after.outbox || before.pauses !== after.pauses)
      for (const worker of workers) worker.wakeRelay();
    for (const { id, liveFromMs } of after.featureStates)
      if (liveFromMs > scheduler.nowMs && !before.featureStates.some((row) => row.id === id))
        scheduler.after(liveFromMs - scheduler.nowMs, postgres, 'goes live', committed);
  });
  for (const worker of workers) worker.wakeRelay();
  for (const part of plan.parts) takePart(part, plan, world, workers);

  const isQuiet = await scheduler.untilQuiet();
  setTime(undefined);
  for (const [name, count] of Object.entries(temporal.counts)) tally(name, count);
  tally('epochs begun', server.state.epoch - 1);
  tally('flagged states committed', witness.halvesSeen.flagged);
  tally('half-made states committed', witness.halvesSeen.halfMade);
  const findings = witness.findings(tables, plan);
  const failures = [
    ...(isQuiet ? [] : [`did not come to rest within ${MAX_STEPS} steps`]),
    ...temporal.openRuns.map((id) => `${id} waits for ever`),
    ...(server.state.outbox.length > 0 && isQuiet ? ['rows stay in the outbox'] : []),
  ];
  for (const { workflowId, how, error } of temporal.ended) {
    const type = how === 'fail' ? typeOf(error) : how;
    tally(`syncs: ${type}`);
    if (how === 'fail' && type !== failureTypes.seedingTimedOut)
      failures.push(`${workflowId} failed: ${type}`);
  }
  const { steps, courseHash } = scheduler;
  const result = {
    ...{ seed: plan.seed, findings, failures, steps, courseHash },
    counts: Object.fromEntries(counts),
    history: [] as string[],
  };
  if (!isFaultless(result)) result.history = witness.describe();
  return result;
}

function typeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof ApplicationFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? (cause.type ?? cause.message) : String(cause);
}

/** One or two environments with one or two features, all complete, and no documents yet. */
function initialState({ hasV2Items }: Plan, random: Random): State {
  const environments = [1, 2].slice(0, random.between(1, 3));
  const features = [11, 12].slice(0, random.between(1, 3));
  const LONG_AGO_MS = -86_400_000;
  return {
    project: { id: 1, organisationId: 1, hasV2Items },
    environments: environments.map((id) => ({
      id,
      apiKey: `key${id}`,
      name: `environment${id}`,
      isCreating: false,
      isDeleted: false,
      createdMs: LONG_AGO_MS,
    })),
    features: features.map((id) => ({
      id,
      isMultivariate: false,
      isCreating: false,
      isDeleted: false,
      createdMs: LONG_AGO_MS,
    })),
    featureStates: environments.flatMap((environmentId) =>
      features.map((featureId) => ({
        id: environmentId * 20 + featureId,
        environmentId,
        featureId,
        enabled: true,
        value: 'initial',
        version: 1,
        liveFromMs: LONG_AGO_MS,
        optionIds: [],
      })),
    ),
    options: [],
    // As `migrate` followed by a rebuild leaves it: every environment has its first sync ahead.
    outbox: environments.map((environmentId, i) => ({
      id: 90 + i,
      environmentId,
      source: 'audit_log',
      changedMs: 0,
      dueMs: 0,
      attempts: 0,
      expanded: false,
    })),
    retiredKeys: [],
    pauses: [],
    epoch: 1,
    alive: 1,
    halfMade: [],
  };
}

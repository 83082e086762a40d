import { setTimeout as delay } from 'node:timers/promises';
import { A_SECOND, auditStatements, type Replay, type Step } from '../../test/adopted/action.js';
import type { Stage as StagedProject } from '../../test/adopted/stage.js';
import type { WorkflowHandle } from '@temporalio/client';
import postgres from 'postgres';
import {
  startCloneEnvironment,
  startCreateEnvironment,
  startCreateFeature,
} from '../../src/creation/startCreation.js';
import { startRebuild } from '../../src/syncs/startRebuild.js';
import type { Said } from '../stage/history/commits.js';
import type { Stage } from '../stage/stage.js';
import { commit } from '../stage/transaction.js';
import type { Actor, CreationActor, FlagsmithActor } from './plan.js';
import { type Random, randomOf } from './random.js';

/** What actors came to, counted. */
export interface Doings {
  /** Transactions that were held open before their commit. */
  slowCommits: number;
  rollbacks: number;
  /** Transactions that PostgreSQL refused, as what they were about was gone or locked by another one. */
  refused: number;
  /** Creations by the product that ended as they should, and that failed. */
  creations: number;
  failedCreations: number;
  rebuilds: number;
}

export const noDoings = (): Doings => ({
  ...{ slowCommits: 0, rollbacks: 0, refused: 0, creations: 0, failedCreations: 0, rebuilds: 0 },
});

export interface ActorWorld {
  stage: Pick<Stage, 'sql' | 'client' | 'name'>;
  project: StagedProject;
  doings: Doings;
  /** Awaited after each statement's transaction has been begun and before it is committed: staged tests look in. */
  beforeCommit?: (statements: string[]) => Promise<void>;
}

/** An audit row of Flagsmith's comes a second or more after its change: here sooner, as are the steps of its actions. */
const AUDIT_AFTER_MS = { atLeast: 150, atMost: 700 };
const SECOND_MS = 300;
const CREATION_WITHIN_MS = 300_000;

/** Does what the actor is there for. Whatever stops him is counted; that Flagsmith's own request fails is no fault of anybody's. */
export async function act(world: ActorWorld, actor: Actor): Promise<void> {
  await delay(actor.startMs);
  if (actor.kind === 'flagsmith') await actAsFlagsmith(world, actor);
  else if (actor.kind === 'creation') await create(world, actor);
  else await rebuild(world);
}

async function actAsFlagsmith(world: ActorWorld, actor: Actor & FlagsmithActor): Promise<void> {
  const random = randomOf(actor.paceSeed);
  const replay = actor.action.replay(world.project);
  const steps = replay.steps.map((step) => (step === A_SECOND ? step : [...step]));
  const changedAt = new Date();
  for (const [i, step] of steps.entries()) {
    if (i > 0)
      await delay(
        random.pick([
          [6, 0],
          [3, random.below(60)],
          [1, random.below(400)],
        ]),
      );
    if (!(await takeStep(world, random, step, saidOf(actor, replay, i)))) return;
  }
  await delay(AUDIT_AFTER_MS.atLeast + random.below(AUDIT_AFTER_MS.atMost - AUDIT_AFTER_MS.atLeast));
  for (const row of replay.audit ?? [])
    if (
      !(await takeStep(world, random, auditStatements(row, changedAt), {
        actor: actor.name,
        doing: 'audit row',
      }))
    )
      return;
}

/** Creators that set no flag are half-way from their first step to their last. */
function saidOf({ name, action }: Actor & FlagsmithActor, { steps, flagged }: Replay, i: number): Said {
  const said = { actor: name, doing: `${action.name}, step ${i + 1} of ${steps.length}` };
  const isCreator = action.name.startsWith('creating') && !flagged && steps.length > 1;
  if (isCreator && i === 0) return { ...said, halfMade: 'begins' };
  return isCreator && i === steps.length - 1 ? { ...said, halfMade: 'ends' } : said;
}

/** False where PostgreSQL refused it. */
async function takeStep(world: ActorWorld, random: Random, step: Step, said: Said): Promise<boolean> {
  if (step === A_SECOND) {
    await delay(SECOND_MS);
    return true;
  }
  const { stage, doings } = world;
  const heldMs = random.chance(0.15) ? 50 + random.below(700) : 0;
  const isRolledBack = random.chance(0.05);
  try {
    if (isRolledBack) {
      doings.rollbacks++;
      await commit(stage, said, step, () => Promise.reject(new RolledBack())).catch(ignoreRollback);
    }
    if (heldMs > 0) doings.slowCommits++;
    await commit(stage, said, step, async () => {
      await world.beforeCommit?.(step);
      if (heldMs > 0) await delay(heldMs);
    });
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    doings.refused++;
    return false;
  }
}

class RolledBack extends Error {}

function ignoreRollback(error: unknown): void {
  if (!(error instanceof RolledBack)) throw error;
}

const DEADLOCK = '40P01';
/** Integrity constraints, and deadlocks. */
const isRefusal = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && (error.code.startsWith('23') || error.code === DEADLOCK);

async function create(
  { stage, project, doings }: ActorWorld,
  { name, creates }: Actor & CreationActor,
): Promise<void> {
  const target = { client: stage.client, instanceName: stage.name, taskQueue: stage.name };
  const requestId = `${project.project}-${name.replace(' ', '-')}`;
  const projectId = project.project;
  const source = project.environments[0]?.id;
  try {
    const creation =
      creates === 'environment'
        ? await startCreateEnvironment(target, { projectId, name: requestId }, requestId)
        : creates === 'clone' && source !== undefined
          ? await startCloneEnvironment(target, { sourceEnvironmentId: source, name: requestId }, requestId)
          : await startCreateFeature(
              target,
              { projectId, name: requestId, ...featureOf(creates) },
              requestId,
            );
    await Promise.race([creation.result(), tooLong(creation)]);
    doings.creations++;
  } catch (error) {
    if (error instanceof TooLong) throw error;
    // What it was to be made in is gone by now.
    doings.failedCreations++;
  }
}

const featureOf = (creates: CreationActor['creates']) => ({
  initialValue: 'new',
  ...(creates === 'multivariate feature' && {
    multivariateOptions: ['a', 'b', 'c'].map((value) => ({ value, defaultPercentageAllocation: 10 })),
  }),
});

class TooLong extends Error {}

/** @throws {TooLong} with what keeps the creation from going on */
async function tooLong(creation: WorkflowHandle): Promise<never> {
  await delay(CREATION_WITHIN_MS, undefined, { ref: false });
  const { raw } = await creation.describe();
  const pending = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name ?? ''}, attempt ${attempt ?? 0}: ${lastFailure?.message ?? 'under way'}`,
  );
  throw new TooLong(
    `${creation.workflowId} did not end within ${CREATION_WITHIN_MS} ms: ${pending.join('; ')}`,
  );
}

async function rebuild({ stage, project, doings }: ActorWorld): Promise<void> {
  const environmentId = project.environments[0]?.id;
  if (environmentId === undefined) return;
  const rebuilding = await startRebuild(
    stage.client,
    { instanceName: stage.name, taskQueue: stage.name },
    { environmentId },
  );
  doings.rebuilds++;
  // Seeding that goes on for longer than it waits fails it.
  await rebuilding.result().catch(() => undefined);
}

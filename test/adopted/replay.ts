import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { syncWorkflowId } from '../../src/workflows/contract.js';
import { itemDifferences } from '../properties/differences.js';
import type { Branch } from '../properties/reference/tree.js';
import type { TestSystem } from '../support/system.js';
import { type Action, A_SECOND, auditStatements, type Replay, type WritePromise } from './action.js';
import { type Comparison, contentOf } from './documents.js';
import type { RecordedPut } from './recordedPuts.js';
import { newStage, type Stage, stageRows } from './stage.js';

/** An action in a project of its own. */
export interface Play {
  action: Action;
  stage: Stage;
  /** What of it was done; its audit rows are still to come. */
  done?: Done;
}

interface Done {
  replay: Replay;
  changedAt: Date;
  lastStepBeganAt: Date;
}

/** Long enough for a warm worker to look, and shorter than what tells a pause from the end of an action. */
const PATIENCE_MS = 600;
/** A flag holds whatever the pause. */
const PATIENCE_WITH_FLAG_MS = 15_000;
/** After a look, what it leads to. */
const PAUSE_MS = 100;

/** Sets the stage without a trigger firing: a project that was there before any of ours was. */
export async function prepare(sql: Sql, action: Action): Promise<Play> {
  const stage = newStage(action.on);
  await commit(sql, [
    'SET LOCAL session_replication_role = replica',
    ...stageRows(stage, action.project ?? {}),
  ]);
  return { action, stage };
}

/**
 * The action's steps, each committed on its own. While it is under way somebody else's change in the same project asks
 * for documents after each step, and a worker looks after the first one; after the last one nobody asks.
 */
export async function perform(system: TestSystem, play: Play): Promise<void> {
  const { sql } = system.database;
  const replay = play.action.replay(play.stage);
  let lastStepBeganAt = new Date();
  for (const [i, step] of replay.steps.entries()) {
    if (step === A_SECOND) {
      await delay(1_000);
      continue;
    }
    lastStepBeganAt = new Date();
    await commit(sql, step);
    if (i === replay.steps.length - 1) break;
    const looks = looksFromNowOn(system, watched(play.stage, replay));
    await commit(sql, auditStatements(somebodyElses(play.stage), new Date()));
    if (i === 0) await looks(replay.flagged ? PATIENCE_WITH_FLAG_MS : PATIENCE_MS);
    await delay(PAUSE_MS);
  }
  play.done = { replay, lastStepBeganAt, changedAt: new Date() };
}

const watched = (stage: Stage, { promises = [] }: Replay): number[] =>
  promises.length > 0
    ? promises.map(({ environment }) => environment)
    : stage.environments.map(({ id }) => id);

/** Waits until workers have looked at these environments, in an activity begun by now or later; or this long. */
function looksFromNowOn({ logged, database }: TestSystem, environments: number[]) {
  const from = logged.length;
  const isLookedAt = (environment: number) => {
    const id = syncWorkflowId(database.name, environment);
    const own = logged.slice(from).filter(({ workflowId }) => workflowId === id);
    const started = own.findIndex(({ event }) => event === 'Activity started');
    return started >= 0 && own.slice(started).some(({ event }) => event === 'Activity completed');
  };
  return async (atMostMs: number) => {
    const endsAt = performance.now() + atMostMs;
    while (!environments.every(isLookedAt) && performance.now() < endsAt) await delay(20);
  };
}

const somebodyElses = ({ project }: Stage) =>
  ({ project, environment: null, type: 'FEATURE_STATE' }) as const;

export async function insertAuditRows(sql: Sql, { done }: Play): Promise<void> {
  for (const row of done!.replay.audit ?? []) await commit(sql, auditStatements(row, done!.changedAt));
}

/** When the last of what the action scheduled is live. */
export const liveAt = ({ done }: Play): number =>
  Math.max(
    0,
    ...(done!.replay.promises ?? []).map(({ notBefore }) =>
      notBefore instanceof Date ? notBefore.getTime() : 0,
    ),
  );

/** Where what was put, at any time, is not what is promised of it: all of it, and not too early. */
export function brokenPromises(
  { done }: Play,
  puts: RecordedPut[],
  { v1 }: TestSystem['tables'],
  comparison: Comparison,
): string[] {
  return (done!.replay.promises ?? []).flatMap((promise) => {
    const { expected } = comparison.get(promise.environment)!;
    const name = `environment ${promise.environment}`;
    const shown = puts
      .filter(({ item }) => item['id']!['N'] === String(promise.environment))
      .map(({ at, table, item }) => ({ at, isV1: table === v1, content: contentOf(item) }))
      .filter(({ content }) => promise.shows(content));
    if (shown.length === 0 && expected.v1.some(promise.shows)) return [`${name}: nothing was recorded`];
    return shown.flatMap(({ at, isV1, content }) => [
      ...(at < earliest(promise, done!) ? [`${name}: put too early, at ${at.toISOString()}`] : []),
      ...partialness(`${name}, first ${isV1 ? 'v1' : 'v2'}`, (isV1 ? expected.v1 : expected.v2)[0], content),
    ]);
  });
}

const earliest = ({ notBefore }: WritePromise, { lastStepBeganAt }: Done): Date =>
  notBefore === 'last step' ? lastStepBeganAt : (notBefore ?? new Date(0));

/** But for the moment of the last audit row: that one may come later. */
const partialness = (name: string, last: Branch | undefined, content: Branch): string[] =>
  itemDifferences(name, { ...last, updated_at: '' }, { ...content, updated_at: '' });

const commit = (sql: Sql, statements: string[]) =>
  sql.begin((tx) => tx.unsafe(statements.join(';\n'))).then(() => undefined);

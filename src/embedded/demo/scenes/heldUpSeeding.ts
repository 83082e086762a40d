import { setTimeout as delay } from 'node:timers/promises';
import { syncWorkflowId } from '../../../workflows/contract.js';
import { closeGate, type Gate } from '../gate.js';
import type { Narrator } from '../narrate.js';
import type { Stage } from '../stage.js';
import { createdEnvironmentId, tellCreation } from './tellCreation.js';
import { tellSync } from './tellSync.js';
import { untilIdle } from './untilIdle.js';

const LOOKS_HELD_UP = 3;
/** After the last of these looks: a moment to read it, while the next one is far away. */
const PAUSE_MS = 400;
/** Counted from the first look: a killed worker makes the next ones late, and what it seeded is not tried again before. */
const HELD_UP_AT_MOST_MS = 8_000;
const LOOK_EVERY_MS = 50;

export interface HeldUpSeeding {
  stage: Stage;
  narrator: Narrator;
  signal: AbortSignal;
  /** Starts the creation; gives the workflow's id. */
  start: () => Promise<string>;
  /** What to say once row and audit row are committed. */
  committed: string;
  /** The environment whose sync is told, where it is not the one created. */
  environmentId?: number;
  /** Called when the seeding stands half-way. */
  halfWay: (environmentId: number) => Promise<void>;
}

/**
 * Creates something, holds its seeding up half-way for three looks of the sync, and tells what happens until the
 * document is written. Gives the environment's id.
 *
 * @throws if a document is written while the seeding is held up
 */
export async function tellHeldUpSeeding(scene: HeldUpSeeding): Promise<number> {
  const { stage, narrator, committed } = scene;
  const ended = new AbortController();
  const signal = AbortSignal.any([scene.signal, ended.signal]);
  const syncIdOf = (environmentId: number) => syncWorkflowId(stage.settings.instanceName, environmentId);
  const afterRunId =
    scene.environmentId === undefined
      ? undefined
      : await untilIdle(stage, syncIdOf(scene.environmentId), signal);

  const gate = await closeGate(stage.db);
  narrator.startClock();
  try {
    const workflowId = await scene.start();
    const environmentId = scene.environmentId ?? (await createdEnvironmentId(stage, workflowId, signal));
    let looks = 0;
    await Promise.all([
      tellCreation({ stage, narrator, workflowId, committed, signal }),
      tellSync({
        stage,
        narrator,
        workflowId: syncIdOf(environmentId),
        afterRunId,
        signal,
        sawSeeding: () => {
          looks++;
        },
        isHeldUp: () => !gate.isOpen(),
      }),
      holdUp(scene, environmentId, gate, () => looks, signal),
    ]);
    return environmentId;
  } finally {
    ended.abort();
    await gate.open();
    narrator.stopClock();
  }
}

async function holdUp(
  { narrator, halfWay }: HeldUpSeeding,
  environmentId: number,
  gate: Gate,
  looks: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!(await gate.isWaitedFor())) await delay(LOOK_EVERY_MS, undefined, { signal });
  await halfWay(environmentId);
  while (looks() === 0) await delay(LOOK_EVERY_MS, undefined, { signal });
  const deadline = Date.now() + HELD_UP_AT_MOST_MS;
  while (looks() < LOOKS_HELD_UP && Date.now() < deadline) await delay(LOOK_EVERY_MS, undefined, { signal });
  await delay(PAUSE_MS, undefined, { signal });
  narrator.event('demo     lets the seeding go on');
  await gate.open();
}

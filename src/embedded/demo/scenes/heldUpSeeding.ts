import { setTimeout as delay } from 'node:timers/promises';
import { syncWorkflowId } from '../../../workflows/contract.js';
import { closeGate, type Gate } from '../gate.js';
import { momentsOf } from '../history.js';
import type { Narrator } from '../narrate.js';
import type { Stage } from '../stage.js';
import { untilIdle } from './untilIdle.js';
import { tellSync } from './tellSync.js';

/** Counted from the first look: longer than the waits before the second and the third, shorter than before the fourth. */
const HELD_UP_MS = 3_500;
const LOOK_EVERY_MS = 50;

export interface HeldUpSeeding {
  stage: Stage;
  narrator: Narrator;
  signal: AbortSignal;
  /** Starts the creation; gives the workflow's id. */
  start: () => Promise<string>;
  /** The environment whose sync is told; found out from the creation where it is the one created. */
  environmentId?: number;
  /** What to say of row and audit row once they are committed. */
  committed: string;
  /** Called when the seeding stands half-way. */
  halfWay: (environmentId: number) => Promise<void>;
}

/** Creates something, holds its seeding up half-way for three looks of the sync, and tells what happens. */
export async function tellHeldUpSeeding(scene: HeldUpSeeding): Promise<{ environmentId: number }> {
  const { stage, narrator } = scene;
  const ended = new AbortController();
  const signal = AbortSignal.any([scene.signal, ended.signal]);
  const gate = await closeGate(stage.db);
  narrator.startClock();
  try {
    const earlierRun =
      scene.environmentId && (await latestRun(stage.client, syncIdOf(stage, scene.environmentId)));
    const creation = tellCreation(scene, await scene.start(), signal);
    const environmentId = await creation.environmentId;
    let sawSeeding: () => void = () => undefined;
    const firstLook = new Promise<void>((resolve) => (sawSeeding = resolve));
    await Promise.all([
      creation.seeded,
      holdUp(scene, environmentId, gate, firstLook, signal),
      tellSync({
        stage,
        narrator,
        signal,
        workflowId: syncIdOf(stage, environmentId),
        afterRunId: earlierRun ? earlierRun.runId : undefined,
        sawSeeding,
        isHeldUp: () => !gate.isOpen(),
      }),
    ]);
    return { environmentId };
  } finally {
    ended.abort();
    await gate.open();
    narrator.stopClock();
  }
}

/** Tells the steps of the creation. */
function tellCreation(
  { stage, narrator, committed, environmentId }: HeldUpSeeding,
  workflowId: string,
  signal: AbortSignal,
) {
  let foundOut: (id: number) => void = () => undefined;
  const found = new Promise<number>((resolve) => (foundOut = resolve));
  const telling = tell();
  return {
    environmentId:
      environmentId === undefined
        ? Promise.race([found, telling.then(() => found)])
        : Promise.resolve(environmentId),
    seeded: telling,
  };

  async function tell(): Promise<void> {
    for await (const moment of momentsOf(stage.client, workflowId, { signal })) {
      if (moment.kind === 'failed') throw new Error(`${workflowId} failed: ${moment.message}`);
      if (moment.kind === 'completed') return;
      if (moment.kind !== 'activity') continue;
      if (moment.name === 'insertEnvironment')
        foundOut((moment.result as { environmentId: number }).environmentId);
      if (moment.name.startsWith('record')) narrator.event(`creation ${committed}`, moment.atMs);
      if (moment.name.startsWith('clear'))
        narrator.event('creation the seeding has ended: is_creating is cleared', moment.atMs);
    }
  }
}

async function holdUp(
  { narrator, halfWay }: HeldUpSeeding,
  environmentId: number,
  gate: Gate,
  firstLook: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!(await gate.isWaitedFor())) await delay(LOOK_EVERY_MS, undefined, { signal });
  await halfWay(environmentId);
  await firstLook;
  await delay(HELD_UP_MS, undefined, { signal });
  narrator.event('demo     lets the seeding go on');
  await gate.open();
}

const syncIdOf = ({ settings }: Stage, environmentId: number) =>
  syncWorkflowId(settings.instanceName, environmentId);

import type { SeedingLook, WriteOutcome } from '../../../workflows/contract.js';
import { type Moment, momentsOf } from '../history.js';
import type { Narrator } from '../narrate.js';
import { summariseReasons } from '../reasons.js';
import type { Stage } from '../stage.js';

export interface SyncToTell {
  stage: Stage;
  narrator: Narrator;
  workflowId: string;
  /** What ran before the scene. */
  afterRunId: string | undefined;
  signal: AbortSignal;
  /** Called at each look that found the seeding under way. */
  sawSeeding: () => void;
  /** Whether the seeding is held up: nothing may be written. */
  isHeldUp: () => boolean;
}

/** Tells each look, timer, signal and write of an environment's sync, until the document is written. */
export async function tellSync(sync: SyncToTell): Promise<void> {
  const { stage, narrator, workflowId, afterRunId, signal, isHeldUp } = sync;
  let isNew = false;
  let looks = 0;
  let toldReasons = '';
  let lookWithoutTimer: { atMs: number; text: string } | undefined;
  let nextLookAtMs = 0;
  const written = { isDone: false };

  for await (const moment of momentsOf(stage.client, workflowId, { afterRunId, signal })) {
    tell(moment);
    if (moment.kind === 'completed' && written.isDone) return;
  }

  function tell(moment: Moment) {
    const { atMs } = moment;
    switch (moment.kind) {
      case 'started':
        looks = 0;
        isNew = true;
        return;
      case 'activity':
        if (moment.name === 'isSeeding') tellLook(moment.result as SeedingLook, atMs);
        else tellWrite(moment.result as WriteOutcome, atMs);
        return;
      case 'timer':
        nextLookAtMs = atMs + moment.delayMs;
        endLook(`; next look in ${moment.delayMs / 1_000} s`);
        return;
      case 'signal':
        tellSignal(moment.name, atMs);
        return;
      case 'failed':
        endLook('');
        narrator.event(
          `sync     fails with ${moment.type}, red in the web UI; the next change starts it again`,
          atMs,
        );
        return;
      case 'completed':
    }
  }

  function tellSignal(name: string, atMs: number) {
    const isEndOfSeeding = name === 'seedingFinished';
    if (isNew) {
      const cause = isEndOfSeeding ? 'the end of the seeding' : 'the audit row';
      narrator.event(`sync     ${cause} has started the workflow ${workflowId}`, atMs);
    } else if (isEndOfSeeding && nextLookAtMs > atMs) {
      narrator.event(`sync     woken, ${seconds(nextLookAtMs - atMs)} before its timer`, atMs);
    }
    isNew = false;
  }

  function tellLook(look: SeedingLook, atMs: number) {
    looks++;
    if (!look.seeding) {
      narrator.event(`sync     look ${looks}: nothing is being seeded`, atMs);
      return;
    }
    sync.sawSeeding();
    const reasons = summariseReasons(look.reasons);
    const told = reasons === toldReasons ? 'still seeding' : `seeding (${reasons})`;
    toldReasons = reasons;
    lookWithoutTimer = { atMs, text: `sync     look ${looks}: ${told}` };
  }

  function endLook(ending: string) {
    if (lookWithoutTimer) narrator.event(lookWithoutTimer.text + ending, lookWithoutTimer.atMs);
    lookWithoutTimer = undefined;
  }

  function tellWrite(outcome: WriteOutcome, atMs: number) {
    if (outcome.outcome !== 'written') {
      narrator.event(`sync     write: ${outcome.outcome}`, atMs);
      return;
    }
    if (isHeldUp()) throw new Error('A document was written while the seeding was held up.');
    written.isDone = true;
    narrator.event(
      `sync     document written: ${outcome.featureStatesCount} features, ${outcome.documentBytes} bytes`,
      atMs,
    );
  }
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

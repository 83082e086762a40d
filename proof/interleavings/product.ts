import { directWriter } from '../stage/directWriter.js';
import { watchOutbox } from '../stage/quiet.js';
import type { StageServers } from '../stage/servers.js';
import { openStage, type Stage } from '../stage/stage.js';
import { withProduct } from './interleaving.js';
import { runInterleavings, type RunsOutcome } from './runs.js';

/** Sooner than by default, so that an interleaving is over within seconds; by the product's own settings. */
export const SOONER = {
  SEEDING_INITIAL_DELAY_MS: '300',
  SEEDING_INFERENCE_WINDOW_MS: '5000',
};

export interface ProductRuns {
  runs: number;
  seed: number;
  atATime: number;
  progress?: (done: number, soFar: { durationMs: number }) => void;
}

/** What interleavings came to, and what only the whole of them tells. */
export interface Interleaved extends RunsOutcome {
  /** Writes that DynamoDB refused, as what is there is later. */
  refusedWrites: number;
  /** Looks that found something being seeded. */
  seedingWaits: number;
  superseded: number;
  /** How often items were read beside the record, and what of that the record did not have. */
  readings: number;
  contradictions: string[];
}

/** Runs interleavings on a stage of their own, beside one worker. */
export async function interleaveProduct(
  servers: StageServers,
  { name, ...runs }: ProductRuns & { name: string },
): Promise<Interleaved> {
  const stage = await openStage(servers, { name, settings: SOONER });
  try {
    return await interleaveOn(stage, runs);
  } finally {
    await stage.close();
  }
}

/** @param stage without a worker so far */
export async function interleaveOn(stage: Stage, { progress, ...runs }: ProductRuns): Promise<Interleaved> {
  const { metrics } = await stage.startWorker();
  const writer = directWriter(stage);
  const startedAt = performance.now();
  try {
    const outcome = await runInterleavings(withProduct(stage, watchOutbox(stage), writer.write), {
      ...runs,
      onOutcome: (_, done) => progress?.(done, { durationMs: performance.now() - startedAt }),
    });
    const outcomes = (await metrics.flagsmith_environment_document_sync_outcomes_total.get()).values;
    const waits = (await metrics.flagsmith_environment_document_seeding_waits_total.get()).values;
    return {
      ...outcome,
      refusedWrites: stage.recorder.counts.refused,
      seedingWaits: waits[0]?.value ?? 0,
      superseded: outcomes.find(({ labels }) => labels.outcome === 'superseded')?.value ?? 0,
      readings: stage.reader.readings,
      contradictions: stage.reader.contradictions,
    };
  } finally {
    await writer.close();
  }
}

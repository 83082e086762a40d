import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { mergePaused } from './mergePaused.js';
import { relayBatch, type RelayedBatch } from './relayBatch.js';
import { paceProjectWide, type ProjectWideDeps } from './relayProjectWide.js';

export interface RelayOptions extends ProjectWideDeps {
  /** Wait between two looks at an empty outbox, in milliseconds. */
  pollIntervalMs: number;
  /** Rejects while Temporal cannot be reached. */
  checkTemporal: () => Promise<void>;
  logger: Logger;
  /** Ends the loop after the batch that is under way. */
  signal: AbortSignal;
}

const FIRST_PAUSE_MS = 500;
/** Of what is back after minutes, changes are to be in DynamoDB within ten seconds. */
const LONGEST_PAUSE_MS = 5_000;
/** Of what waits for the end of a pause of syncs, at most this much is looked through unmerged. */
const MERGED_AFTER_MS = 30_000;
/** An environment whose sync gives no answer holds its batch to the deadline: the other loop goes on meanwhile. */
const LOOPS_OF_SINGLE_CHANGES = 2;
/** Of changes of whole projects there is one, as it finds its pace by what it alone does. */
export const RELAY_LOOPS = LOOPS_OF_SINGLE_CHANGES + 1;

/**
 * Relays the outbox until told to stop; single changes at once, those of whole projects at their pace. Polls, as a NOTIFY would take an instance-wide lock at each of Flagsmith's
 * commits. Whatever is away, PostgreSQL or Temporal, it waits and goes on; no rows are claimed while Temporal is away.
 */
export async function runRelay(options: RelayOptions): Promise<void> {
  const relaySingle = () => relayBatch({ ...options, projectWide: false });
  await Promise.all([
    ...Array.from({ length: LOOPS_OF_SINGLE_CHANGES }, () => relayBatches(options, relaySingle)),
    relayBatches(options, paceProjectWide(options)),
  ]);
}

async function relayBatches(options: RelayOptions, relayNext: () => Promise<RelayedBatch>): Promise<void> {
  const { signal, pollIntervalMs, logger } = options;
  let failures = 0;
  let mergedAtMs = -Infinity;
  while (!signal.aborted) {
    try {
      if (failures > 0) await options.checkTemporal();
      if (performance.now() - mergedAtMs >= MERGED_AFTER_MS) {
        await mergePaused(options.db);
        mergedAtMs = performance.now();
      }
      const { postponed, error, more } = await relayNext();
      if (postponed > 0) {
        logger.warn({ rows__count: postponed, err: error }, 'outbox.postponed');
        // Only if Temporal is away is there reason to wait: single rows that it refuses have a later time of their own.
        await options.checkTemporal();
      }
      if (failures > 0) logger.info({}, 'outbox.relay_recovered');
      failures = 0;
      if (!more) await pause(pollIntervalMs, signal);
    } catch (error) {
      failures++;
      logger.warn({ err: error, attempt: failures }, 'outbox.relay_failed');
      await pause(pauseMs(failures), signal);
    }
  }
}

/** How long a relay waits after so many failures in a row. */
export const pauseMs = (failures: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

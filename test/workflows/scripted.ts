import type { SyncActivities } from '../../src/activities/index.js';
import type {
  Seeding,
  SeedingLook,
  SyncRequest,
  WriteInput,
  WriteOutcome,
  Written,
} from '../../src/workflows/contract.js';

export const FLAGGED: Seeding = {
  seeding: true,
  flagged: true,
  reasons: [{ kind: 'feature_is_creating', featureId: 7 }],
  reasonsCount: 1,
  inferenceEndsInMs: 0,
  memory: {
    waitingSince: '2026-01-01T00:00:00.000000',
    lookedAt: '2026-01-01T00:00:00.000000',
    compounds: [],
    settled: [],
  },
};
export const INFERRED: Seeding = {
  ...FLAGGED,
  flagged: false,
  reasons: [{ kind: 'feature_state_missing', featureId: 7 }],
  inferenceEndsInMs: 1_500,
};
export const CLEAR: SeedingLook = { seeding: false };
export const WRITTEN: Written = {
  outcome: 'written',
  seeding: false,
  featureStatesCount: 1,
  documentBytes: 100,
};

export const PAUSED: WriteOutcome = {
  outcome: 'paused',
  seeding: false,
  pause: { projectId: 7, since: '2026-01-01T00:00:00.000000' },
};

/** Quick enough to wait for; the full seconds are one test's. */
export const QUICK = { initialDelayMs: 20, maxDelayMs: 60_000, maxAttempts: 3 };

/** Activities that give their answers one after the other, the last one for ever. */
export function scripted(looks: SeedingLook[], outcomes: WriteOutcome[] = [WRITTEN]) {
  const calls = { isSeeding: 0, writeDocument: [] as WriteInput[], requestSync: [] as SyncRequest[] };
  const next = <T>(answers: T[], call: number) => answers[Math.min(call, answers.length - 1)]!;
  const activities: SyncActivities = {
    isSeeding: () => Promise.resolve(next(looks, calls.isSeeding++)),
    writeDocument: (input) => Promise.resolve(next(outcomes, calls.writeDocument.push(input) - 1)),
    requestSync: (input) => {
      calls.requestSync.push(input);
      return Promise.resolve();
    },
  };
  return { activities, calls };
}

export async function untilTrue(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 20));
}

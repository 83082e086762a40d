import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { DRIFT_KINDS } from '../../src/verify/verification.js';
import type { VerifyProgress } from '../../src/workflows/verifyContract.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { type Documents, readDocuments } from './documents.js';
import { type Drift, driftOf, makeDrift } from './drift.js';
import { describeData, generateEnvironments } from './environments.js';
import { ENVIRONMENTS, rebuildAll, verifyAll } from './sweeps.js';

const MOST_OVER_REBUILD = 0.7;
const SYNCS_WITHIN_MS = 120_000;

export const verifyBench: Bench = {
  name: 'verify',
  summary:
    '10,000 environments verified, over their rebuild; then drift of every kind in 1 % each, found and mended',
  run: (context) => {
    const count = context.environments ?? ENVIRONMENTS;
    if (count < 100) throw new Error('At least 100 environments: one of a hundred gets each kind of drift.');
    return withLiveSystem(
      context.progress,
      (url) => generateEnvironments(url, count),
      (system) => measure(system, count, context),
    );
  },
};

interface Measured {
  count: number;
  /** Before the verification and after it. */
  rebuildMs: [number, number];
  verifyMs: number;
  unchanged: VerifyProgress;
  driftedMs: number;
  drifted: VerifyProgress;
}

async function measure(system: LiveSystem, count: number, { progress }: BenchContext): Promise<BenchResult> {
  const all = count + 1; // with that of the other organisation
  progress('a first rebuild');
  await rebuildAll(system, all);
  progress('a rebuild, a verification, a rebuild');
  const before = await rebuildAll(system, all);
  const written = await snapshotOf(system);
  const { progress: unchanged, ms: verifyMs } = await verifyAll(system);
  assert.deepEqual([unchanged.done, unchanged.outcomes, unchanged.drift], [all, { current: all }, {}]);
  assert.equal(unchanged.orphans?.scannedCount, 2 * all);
  assert.deepEqual(
    differing(written, await snapshotOf(system)),
    [],
    'a verification of what is current wrote',
  );
  const after = await rebuildAll(system, all);

  const drift = driftOf(count);
  progress(`drift of ${DRIFT_KINDS.length} kinds, ${drift.missing.length} environments each, and its repair`);
  await makeDrift(system, drift, await readDocuments(system));
  const { drifted, driftedMs } = await repair(system, all, drift);
  return toResult({ count, rebuildMs: [before, after], verifyMs, unchanged, driftedMs, drifted });
}

/** All is found, all is mended, and nobody else is touched. */
async function repair(
  system: LiveSystem,
  all: number,
  drift: Drift,
): Promise<Pick<Measured, 'drifted' | 'driftedMs'>> {
  const before = await snapshotOf(system);
  const { progress: drifted, ms: driftedMs } = await verifyAll(system, { seedMissing: true });
  const expected = Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, drift[kind].length]));
  assert.deepEqual(drifted.drift, expected, 'not what was made was found');
  assert.equal(drifted.attentionCount, 0, JSON.stringify(drifted.attention));
  // What it seeded is written by syncs.
  await untilSettled(system);
  const left = all - drift.orphaned.length;
  const { progress: again } = await verifyAll(system);
  assert.deepEqual([again.outcomes, again.drift], [{ current: left }, {}], 'something is left');
  const touched = differing(before, await snapshotOf(system));
  assert.deepEqual(
    touched,
    Object.values(drift)
      .flat()
      .sort((a, b) => a - b),
    'others were touched, or not all of these',
  );
  return { drifted, driftedMs };
}

interface Stored {
  documents: Documents;
  writes: number;
}

const snapshotOf = async (system: LiveSystem): Promise<Stored> => ({
  documents: await readDocuments(system),
  writes: await system.writes(),
});

/** Environments of which an item is another one, or gone, or new. */
function differing(before: Stored, after: Stored): number[] {
  const ids = new Set([...before.documents.keys(), ...after.documents.keys()]);
  const found = [...ids].filter(
    (id) => !isDeepStrictEqual(before.documents.get(id), after.documents.get(id)),
  );
  if (found.length === 0) assert.equal(after.writes, before.writes);
  return found.sort((a, b) => a - b);
}

/** Until all changes are handed over, and every sync has ended. */
async function untilSettled({ db, client }: LiveSystem): Promise<void> {
  const giveUpAt = performance.now() + SYNCS_WITHIN_MS;
  for (;;) {
    const [outbox] = await db<{ rows: number }[]>`SELECT count(*)::integer AS rows FROM document_sync.outbox`;
    const { count: running } = await client.workflow.count(
      `WorkflowType = 'environmentDocumentSync' AND ExecutionStatus = 'Running'`,
    );
    if (outbox?.rows === 0 && running === 0) return;
    if (performance.now() > giveUpAt) throw new Error(`Syncs did not end in ${SYNCS_WITHIN_MS} ms.`);
    await delay(200);
  }
}

function toResult(measured: Measured): BenchResult {
  const { count, rebuildMs, verifyMs, unchanged, driftedMs, drifted } = measured;
  const rebuild = (rebuildMs[0] + rebuildMs[1]) / 2;
  const row = (what: string, ms: number, readUnits: number | string, writeUnits: number | string) => [
    what,
    (ms / 1_000).toFixed(1),
    ((count / ms) * 1_000).toFixed(0),
    (ms / rebuild).toFixed(2),
    readUnits,
    writeUnits,
  ];
  return {
    settings: describeData(count),
    tables: [
      {
        title: `${count} environments, and the search for orphans in both tables`,
        columns: ['', 's', 'environments/s', 'of the rebuild', 'read units', 'write units'],
        rows: [
          row('rebuild before', rebuildMs[0], '', ''),
          row('verification, all current', verifyMs, unchanged.readUnits, unchanged.writeUnits),
          row('rebuild after', rebuildMs[1], '', ''),
          row('verification and repair of drift', driftedMs, drifted.readUnits, drifted.writeUnits),
        ],
        notes: ['A rebuild looks for no orphans. All servers share the machine.'],
      },
      {
        title: 'Drift made, found and mended; every other item is the same afterwards, bit for bit',
        columns: ['kind', 'environments'],
        rows: DRIFT_KINDS.map((kind) => [kind, drifted.drift[kind] ?? 0]),
      },
    ],
    limits: [
      {
        what: 'time of a verification of what is current over that of a rebuild',
        measured: verifyMs / rebuild,
        atMost: MOST_OVER_REBUILD,
      },
    ],
  };
}

import assert from 'node:assert/strict';
import { claimDue, lookAtDue } from '../../src/outbox/claimDue.js';
import { interleave, type Rounds, type Samples, timeOf } from '../frame/samples.js';
import type { TriggersDatabase } from './databases.js';
import { deadRows, insertChanges } from './oldSnapshot.js';

/** As many environments as a relay claims at a time by default. */
const BATCH_SIZE = 20;
const SINGLE = { projectWide: false };

export interface MeasuredClaims {
  deadRows: number;
  /** What the relay asks many times a second. */
  nothingDue: Samples;
  fullBatch: Samples;
}

/** What the relay's claim costs, with nothing to claim and with a full batch; other statements of its transaction are not timed. */
export async function measureClaims(database: TriggersDatabase, rounds: Rounds): Promise<MeasuredClaims> {
  const dead = await deadRows(database);
  const { nothingDue } = await interleave({ nothingDue: () => claim(database, 0) }, rounds);
  await insertChanges(database.db, BATCH_SIZE);
  const { fullBatch } = await interleave({ fullBatch: () => claim(database, BATCH_SIZE) }, rounds);
  await database.db`DELETE FROM document_sync.outbox`;
  return { deadRows: dead, nothingDue, fullBatch };
}

async function claim({ db }: TriggersDatabase, expected: number): Promise<number> {
  return await db.transaction(async (tx) => {
    let claimed = 0;
    const ms = await timeOf(async () => {
      const projects = await lookAtDue(db, SINGLE);
      if (projects.length > 0) claimed = (await claimDue(tx, SINGLE, projects, BATCH_SIZE)).length;
    });
    assert.equal(claimed, expected);
    return ms;
  });
}

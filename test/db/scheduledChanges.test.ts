import assert from 'node:assert/strict';
import type { Transaction } from '../../src/db/connect.js';
import { readScheduledChanges } from '../../src/db/scheduledChanges.js';
import {
  addFeatureSegment,
  addFeatureState,
  addFeatureVersion,
  addSegment,
  AS_OF,
  ENVIRONMENT,
  undone,
  useV2Versioning,
} from '../document/flagsmithRows.js';
import { loadScenario, useDatabase } from '../support/database.js';

const NOTHING = { nextLiveFrom: null, wentLive: false };
const SOON = '2026-11-22T12:00:01.000001';
const LATER = '2026-11-22T13:00:00.000000';
const EARLIER = '2026-11-22T11:00:00.000000';

describe('readScheduledChanges', () => {
  const database = useDatabase({ template: 'baseline' });
  before(() => loadScenario(database.url, 'a_minimal'));

  /** Reads after `arrange`, with all that it did undone. */
  const after = (arrange: (tx: Transaction) => Promise<unknown>, since?: string) =>
    undone(database.db, async (tx) => {
      await arrange(tx);
      return await readScheduledChanges(tx, ENVIRONMENT, { asOf: AS_OF, since });
    });
  const state = (tx: Transaction, id: number, liveFrom: string) =>
    addFeatureState(tx, { id, liveFrom: `${liveFrom}Z`, version: 2 });
  const version = (tx: Transaction, liveFrom: string, columns: object = {}) =>
    addFeatureVersion(tx, { liveFrom: `${liveFrom}Z`, ...columns });

  it('finds nothing where everything is live', async () => {
    assert.deepEqual(await after(() => Promise.resolve()), NOTHING);
  });

  it('finds the next of several feature states that go live, to the microsecond', async () => {
    const found = await after(async (tx) => {
      await state(tx, 1, LATER);
      await state(tx, 2, SOON);
    });
    assert.deepEqual(found, { nextLiveFrom: SOON, wentLive: false });
  });

  it('finds a segment override that goes live', async () => {
    const found = await after(async (tx) => {
      await addSegment(tx, 1);
      await addFeatureSegment(tx, { id: 1, segmentId: 1 });
      await addFeatureState(tx, { id: 1, liveFrom: `${SOON}Z`, version: 1, featureSegmentId: 1 });
    });
    assert.equal(found.nextLiveFrom, SOON);
  });

  for (const [what, change] of [
    ['a draft', 'version = NULL'],
    ['a deleted one', 'deleted_at = now()'],
    ['one of an identity', 'identity_id = 1'],
    ['one that never goes live', "live_from = 'infinity'"],
    ['one that goes live in 18,000 years', "live_from = '20026-01-01'"],
  ] as const) {
    it(`does not count ${what} among the feature states`, async () => {
      const found = await after(async (tx) => {
        await state(tx, 1, SOON);
        await tx.script(`UPDATE public.features_featurestate SET ${change} WHERE id = 1`);
      });
      assert.deepEqual(found, NOTHING);
    });
  }

  it('goes by versions alone under v2 versioning', async () => {
    const found = await after(async (tx) => {
      await useV2Versioning(tx);
      await state(tx, 1, SOON);
      await version(tx, LATER);
    });
    assert.deepEqual(found, { nextLiveFrom: LATER, wentLive: false });
  });

  it('goes by feature states alone under v1 versioning', async () => {
    assert.deepEqual(await after((tx) => version(tx, LATER)), NOTHING);
  });

  for (const [what, columns] of [
    ['unpublished', { isPublished: false }],
    ['deleted', { isDeleted: true }],
  ] as const) {
    it(`does not count a version that is ${what}`, async () => {
      const found = await after(async (tx) => {
        await useV2Versioning(tx);
        await version(tx, SOON, columns);
      });
      assert.deepEqual(found, NOTHING);
    });
  }

  it('counts a deleted version whose feature states are not deleted, as they go live', async () => {
    const found = await after(async (tx) => {
      await useV2Versioning(tx);
      const environmentFeatureVersion = await version(tx, SOON, { isDeleted: true });
      await addFeatureState(tx, { id: 1, environmentFeatureVersion });
    });
    assert.equal(found.nextLiveFrom, SOON);
  });

  it('tells whether something went live since a moment, that moment left out', async () => {
    const at = (since: string) => after((tx) => state(tx, 1, '2026-11-22T11:30:00.000000'), since);
    assert.deepEqual(await at(EARLIER), { nextLiveFrom: null, wentLive: true });
    assert.deepEqual(await at('2026-11-22T11:29:59.999999'), { nextLiveFrom: null, wentLive: true });
    assert.deepEqual(await at('2026-11-22T11:30:00.000000'), NOTHING);
  });
});

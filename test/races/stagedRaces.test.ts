import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import type { PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  clearEnvironmentFlag,
  insertEnvironmentCreatedAuditLog,
  insertEnvironmentRow,
} from '../../src/db/creation/environments.js';
import { nextChunk, seedChunk } from '../../src/db/creation/featureStates.js';
import { insertFeature, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, storedItems, withPuts, type Writer } from '../support/writer.js';

const RACES = 200;
const FEATURES = 9;
const CHUNK_SIZE = 2;

describe('a sync that races against the seeding of its environment', function () {
  this.timeout(180_000); // So many races take their time on a busy machine.
  const system = useSystem();
  let projectId: number;

  before(async () => {
    projectId = await insertProject(system.database.sql);
    for (let feature = 0; feature < FEATURES; feature++) {
      await insertFeature(system.database.sql, projectId, `feature ${feature}`, {
        initial_value: `${feature}`,
      });
    }
  });

  it(`never writes a partial document, in ${RACES} races, and always the complete one in the end`, async () => {
    const { puts, lastOnes } = await race(RACES, { guarded: true });
    assert.deepEqual(
      puts.filter((count) => count !== FEATURES),
      [],
    );
    assert.ok(puts.length >= RACES);
    assert.deepEqual(new Set(lastOnes), new Set([FEATURES]));
  });

  it('would write partial ones in the same races without its guard', async () => {
    const { puts } = await race(RACES, { guarded: false });
    const partial = puts.filter((count) => count < FEATURES).length;
    assert.ok(partial > 0, `${partial} of ${puts.length} documents were partial`);
  });

  /**
   * Creates environments one after the other, with a writer starting at a moment of its own between the steps of each,
   * beside them and not waited for. Without the guard no flag is set and nothing is inferred, as before this product.
   */
  async function race(races: number, { guarded }: { guarded: boolean }) {
    const puts: number[] = [];
    const writer = createWriter(system, {
      tables: { v1: system.tables.v1, v2: undefined },
      dynamo: withPuts(system.dynamo, ({ input }) => void puts.push(featureStatesIn(input.Item))),
      seedingPolicy: { inferenceWindowMs: guarded ? 60_000 : 0 },
    });
    const lastOnes: number[] = [];
    // Without the guard one partial document is enough.
    const isEnough = () => !guarded && puts.some((count) => count < FEATURES);
    for (let number = 0; number < races && !isEnough(); number++)
      lastOnes.push(await raceOnce(writer, number, guarded));
    return { puts, lastOnes };
  }

  async function raceOnce(writer: Writer, number: number, guarded: boolean): Promise<number> {
    const { db, sql } = system.database;
    const uuid = crypto.randomUUID();
    const environmentId = (await insertEnvironmentRow(db, { projectId, name: `race ${number}`, uuid }))!;
    if (!guarded)
      await sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
    await insertEnvironmentCreatedAuditLog(db, environmentId);

    // One writer for each of these moments in turn: after so many chunks, and so many milliseconds later.
    const chunks = Math.ceil(FEATURES / CHUNK_SIZE);
    const startsAfter = number % (chunks + 1);
    let racing: Promise<unknown> | undefined;
    const startRacing = async () => {
      await new Promise((resolve) => setTimeout(resolve, number % 7));
      await lookAndWrite(writer, environmentId);
    };
    let seeded = 0;
    let afterId = 0;
    for (;;) {
      if (seeded++ === startsAfter) racing = startRacing();
      const chunk = await nextChunk(db, { environmentId }, afterId, CHUNK_SIZE);
      if (!chunk) break;
      await seedChunk(db, { environmentId }, chunk);
      afterId = chunk.upToId;
    }
    if (guarded) await clearEnvironmentFlag(db, environmentId);
    await racing;
    await lookAndWrite(writer, environmentId);
    return featureStatesIn((await storedItems(system, environmentId)).v1);
  }

  /** What the workflow does with one look. */
  async function lookAndWrite(writer: Writer, environmentId: number): Promise<void> {
    const look = await writer.isSeeding({ environmentId });
    if (!look.seeding) await writer.write({ environmentId });
  }
});

const featureStatesIn = (item: PutItemCommand['input']['Item']): number =>
  (JSON.parse(gunzipSync(item!['feature_states']!.B!).toString()) as unknown[]).length;

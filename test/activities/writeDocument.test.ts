import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { writeDocument } from '../../src/activities/writeDocument.js';
import { itemSizeBytes } from '../../src/document/itemSize.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import {
  createWriter,
  mockActivity,
  type StoredItem,
  storedItems,
  withPuts,
  withSends,
  type Writer,
} from '../support/writer.js';

describe('writeDocument', () => {
  const system = useSystem();
  let projectId: number;
  let featureId: number;
  let environmentId: number;
  let writer: Writer;

  beforeEach(async () => {
    const { sql } = system.database;
    projectId = await insertProject(sql);
    featureId = await insertFeature(sql, projectId, 'banner');
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, featureId, 'first');
    writer = createWriter(system);
  });

  const stored = () => storedItems(system, environmentId);
  const setValue = (value: string) => system.database.sql`
    UPDATE features_featurestatevalue SET string_value = ${value}
    WHERE feature_state_id IN (SELECT id FROM features_featurestate WHERE environment_id = ${environmentId})`;
  const setEnvironment = (column: string, value: boolean | string | Date) => system.database.sql`
    UPDATE environments_environment SET ${system.database.sql(column)} = ${value} WHERE id = ${environmentId}`;

  it('puts both items, with the order they were read at', async () => {
    const outcome = await writer.write({ environmentId });
    const { v1, v2 } = await stored();
    assert.deepEqual(valuesOf(v1), ['first']);
    assert.deepEqual(valuesOf(v2), ['first']);
    assert.deepEqual(v1!['document_sync'], v2!['document_sync']);
    assert.ok(outcome.outcome === 'written' && outcome.documentBytes === itemSizeBytes(v1!));
    assert.match(
      v1!['document_sync']!.M!['order']!.S!,
      /^[0-9A-F]{8}\.\d{10}\.\d{20}\.\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}$/,
    );
  });

  it('tells what DynamoDB charged, as only that counts what an index was charged', async () => {
    writer.deps.dynamo = withSends(system.dynamo, async (command, send) => {
      const answer = await send(command);
      const isAsked = command instanceof PutItemCommand && command.input.ReturnConsumedCapacity === 'TOTAL';
      return isAsked ? { ...answer, ConsumedCapacity: { CapacityUnits: 7 } } : answer;
    });
    const outcome = await writer.write({ environmentId });
    assert.equal(outcome.outcome === 'written' && outcome.writeUnits, 2 * 7);
  });

  it('counts and tells of the success, with the lag since the change', async () => {
    const [row] = await system.database.sql<{ now: string }[]>`
      SELECT to_char((clock_timestamp() - interval '3 s') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS now`;
    const outcome = await writer.write({ environmentId, changedAt: row!.now });
    assert.ok(outcome.outcome === 'written');
    assert.equal(await writer.writes('success'), 1);
    assert.equal(await writer.writes('failure'), 0);
    const [written] = writer.events;
    const { lag__ms, ...fields } = written!.fields as { lag__ms: number };
    assert.equal(written!.event, 'environment_document.written');
    assert.deepEqual(fields, {
      environment__id: environmentId,
      project__id: projectId,
      feature_states__count: 1,
      document__bytes: outcome.documentBytes,
      attempt: 1,
    });
    assert.ok(lag__ms >= 3_000 && lag__ms < 13_000, `a lag of ${lag__ms} ms`);
  });

  it('puts nothing while the flag of the environment is up', async () => {
    await setEnvironment('is_creating', true);
    const outcome = await writer.write({ environmentId });
    assert.ok(outcome.outcome === 'seeding' && outcome.flagged);
    assert.deepEqual(outcome.reasons, [{ kind: 'environment_is_creating' }]);
    assert.equal((await stored()).v1, undefined);
    assert.equal(await writer.writes('success'), 0);
  });

  it('puts nothing while the flag of a feature is up, not even past the bound', async () => {
    await system.database.sql`UPDATE features_feature SET is_creating = true WHERE id = ${featureId}`;
    const outcome = await writer.write({ environmentId, boundReached: true });
    assert.ok(outcome.outcome === 'seeding' && outcome.flagged);
    assert.deepEqual(outcome.reasons, [{ kind: 'feature_is_creating', featureId }]);
    assert.equal((await stored()).v1, undefined);
  });

  it('judges the flag and the rows by the same snapshot: a flag that goes up after a look still holds the write', async () => {
    assert.deepEqual(await writer.isSeeding({ environmentId }), { seeding: false });
    await setEnvironment('is_creating', true);
    assert.equal((await writer.write({ environmentId })).outcome, 'seeding');
    assert.equal((await stored()).v1, undefined);
  });

  it('does not replace a newer document, however late its own put comes', async () => {
    const late = createWriter(system, {
      dynamo: withPuts(system.dynamo, async () => {
        if (late.events.length > 0 || (await valuesIn(stored())).includes('second')) return;
        await setValue('second');
        await writer.write({ environmentId });
      }),
    });
    assert.deepEqual(await late.write({ environmentId }), { outcome: 'superseded', seeding: false });
    assert.deepEqual(await valuesIn(stored()), ['second', 'second']);
    assert.equal(await late.writes('success'), 0);
    assert.equal(await late.writes('failure'), 0);
  });

  it('writes both again from a new snapshot when only one of the tables holds a newer document', async () => {
    let overtaken = false;
    const slow = createWriter(system, {
      dynamo: withPuts(system.dynamo, async ({ input }) => {
        if (overtaken || input.TableName !== system.tables.v2) return;
        overtaken = true;
        await setValue('second');
        await createWriter(system).write({ environmentId });
        await setValue('third');
      }),
    });
    assert.equal((await slow.write({ environmentId })).outcome, 'written');
    assert.deepEqual(await valuesIn(stored()), ['third', 'third']);
  });

  it('tries the second table even if the first one fails, and fails as a whole', async () => {
    const failing = createWriter(system, {
      dynamo: withPuts(system.dynamo, ({ input }) => {
        if (input.TableName === system.tables.v1) throw new Error('throttled');
      }),
    });
    await assert.rejects(failing.write({ environmentId }), /throttled/);
    const { v1, v2 } = await stored();
    assert.equal(v1, undefined);
    assert.deepEqual(valuesOf(v2), ['first']);
    assert.equal(await failing.writes('failure'), 1);
    assert.equal(await failing.writes('success'), 0);
    const [failed] = failing.events;
    assert.equal(failed!.event, 'environment_document.write_failed');
    assert.equal(failed!.level, 'error');
  });

  it('replaces an item that somebody else wrote', async () => {
    const [row] = await system.database.sql<{ api_key: string }[]>`
      SELECT api_key FROM environments_environment WHERE id = ${environmentId}`;
    const foreign = { api_key: { S: row!.api_key }, id: { N: '1' } };
    await system.dynamo.send(new PutItemCommand({ TableName: system.tables.v1, Item: foreign }));
    await writer.write({ environmentId });
    assert.deepEqual(valuesOf((await stored()).v1), ['first']);
  });

  it('fails visibly when the item tells of a moment that PostgreSQL has not reached', async () => {
    await storeWith({ order: 'FFFFFFFF.9999999999' });
    await assert.rejects(writer.write({ environmentId }), {
      type: 'HistoryRewound',
      nonRetryable: true,
      message: new RegExp(`\`envsync rebuild ${environmentId} --force\``),
    });
    assert.equal(await writer.writes('failure'), 1);
  });

  it('fails visibly when the item comes from another database', async () => {
    await storeWith({ source: '1' });
    await assert.rejects(writer.write({ environmentId }), { type: 'OtherSource', nonRetryable: true });
  });

  it('writes again if an item was replaced by one of an earlier snapshot between its refusal and the look at it', async () => {
    await writer.write({ environmentId });
    const { v1: earlier } = await stored();
    await storeWith({ source: '1' });
    await setValue('second');
    const refused = createWriter(system, {
      tables: { v1: system.tables.v1, v2: undefined },
      dynamo: withSends(system.dynamo, async (command, send) => {
        if (command instanceof GetItemCommand)
          await send(new PutItemCommand({ TableName: system.tables.v1, Item: earlier }));
        return send(command);
      }),
    });
    assert.equal((await refused.write({ environmentId })).outcome, 'written');
    assert.deepEqual(valuesOf((await stored()).v1), ['second']);
  });

  it('writes again after a forced put, for what was refused until then', async () => {
    await storeWith({ source: '1' });
    const putOrders: string[] = [];
    const forcing = createWriter(system, {
      dynamo: withPuts(system.dynamo, async ({ input }) => {
        if (input.TableName !== system.tables.v1) return;
        putOrders.push(input.Item!['document_sync']!.M!['order']!.S!);
        if (putOrders.length !== 2) return;
        await setValue('second');
        await assert.rejects(writer.write({ environmentId }), { type: 'OtherSource' });
      }),
    });
    assert.equal((await forcing.write({ environmentId, force: true })).outcome, 'written');
    assert.deepEqual(await valuesIn(stored()), ['second', 'second']);
    assert.equal(putOrders.length, 3);
    assert.equal(putOrders[0], putOrders[1], 'forced is the put that was refused');
  });

  it('replaces by force only what no race explains', async () => {
    await storeWith({ source: '1' });
    const laterOnes: (StoredItem | undefined)[] = [];
    const puts = { v1: 0, v2: 0 };
    const forcing = createWriter(system, {
      dynamo: withSends(system.dynamo, async (command, send) => {
        if (!(command instanceof PutItemCommand)) return send(command);
        const isV2 = command.input.TableName === system.tables.v2;
        const nth = ++puts[isV2 ? 'v2' : 'v1'];
        if (isV2 && nth === 1) {
          await setValue('second');
          // Its v2 item is put all the same.
          await assert.rejects(writer.write({ environmentId }), { type: 'OtherSource' });
        }
        const result = await send(command).catch((error: unknown) => ({ error }));
        if (isV2 && nth === 2) laterOnes.push((await stored()).v2);
        if ('error' in result) throw result.error;
        return result;
      }),
    });
    assert.equal((await forcing.write({ environmentId, force: true })).outcome, 'written');
    assert.deepEqual(laterOnes.map(valuesOf), [['second']], 'the later item outlasts the forced put');
    assert.deepEqual(await valuesIn(stored()), ['second', 'second']);
  });

  it('writes nothing for a project that does not use DynamoDB', async () => {
    await system.database.sql`UPDATE projects_project SET enable_dynamo_db = false WHERE id = ${projectId}`;
    await setEnvironment('is_creating', true);
    assert.deepEqual(await writer.isSeeding({ environmentId }), { seeding: false });
    assert.deepEqual(await writer.write({ environmentId }), { outcome: 'not_written', seeding: false });
    assert.equal((await stored()).v1, undefined);
  });

  it('writes the v1 item alone until the project is migrated to v2', async () => {
    await system.database.sql`
      UPDATE projects_project SET identity_overrides_v2_migration_status = 'IN_PROGRESS' WHERE id = ${projectId}`;
    assert.equal((await writer.write({ environmentId })).outcome, 'written');
    const { v1, v2 } = await stored();
    assert.ok(v1);
    assert.equal(v2, undefined);
  });

  it('writes nothing for an environment that is deleted or never was', async () => {
    await setEnvironment('deleted_at', new Date());
    assert.deepEqual(await writer.write({ environmentId }), { outcome: 'deleted', seeding: false });
    assert.deepEqual(await writer.write({ environmentId: 999_999 }), { outcome: 'deleted', seeding: false });
    assert.equal((await stored()).v1, undefined);
  });

  it('refuses a document above what DynamoDB takes, naming its biggest parts, and puts neither item', async () => {
    for (let feature = 0; feature < 25; feature++) {
      const id = await insertFeature(system.database.sql, projectId, `long ${feature}`);
      await insertFeatureState(system.database.sql, environmentId, id, 'x'.repeat(20_000));
    }
    writer.deps.compression = 'off';
    await assert.rejects(writer.write({ environmentId }), {
      type: 'DocumentTooLarge',
      nonRetryable: true,
      message: /Environment \d+: .*Biggest parts: feature_states 5\d{5}/,
    });
    const { v1, v2 } = await stored();
    assert.deepEqual([v1, v2], [undefined, undefined]);
    writer.deps.compression = 'auto';
    assert.equal((await writer.write({ environmentId })).outcome, 'written');
  });

  it('refuses what readers could not parse, naming table, row and rule', async () => {
    const [state] = await system.database.sql<{ id: number }[]>`
      UPDATE features_featurestate SET uuid = '00000000-0000-1000-8000-000000000000'
      WHERE environment_id = ${environmentId} RETURNING id`;
    await assert.rejects(writer.write({ environmentId }), {
      type: 'UnreadableDocument',
      nonRetryable: true,
      message: new RegExp(
        `features_featurestate ${state!.id}: uuid is not a version 4 UUID .*Put the row right`,
      ),
    });
    await system.database.sql`
      UPDATE features_featurestate SET uuid = gen_random_uuid() WHERE id = ${state!.id}`;
  });

  it('does not put after its attempt was cancelled', async () => {
    const attempt = mockActivity();
    let puts = 0;
    writer.deps.dynamo = withPuts(system.dynamo, () => {
      puts++;
    });
    attempt.cancel('TIMED_OUT');
    await assert.rejects(attempt.run(() => writeDocument(writer.deps, { environmentId })));
    assert.equal(puts, 0);
    assert.equal((await stored()).v1, undefined);
  });

  describe('where feature states of a young feature are missing and no flag tells', () => {
    let youngId: number;
    beforeEach(async () => {
      youngId = await insertFeature(system.database.sql, projectId, 'young', { created_date: new Date() });
    });
    const missing = () => [{ kind: 'feature_state_missing', featureId: youngId }];

    it('waits', async () => {
      const outcome = await writer.write({ environmentId });
      assert.ok(outcome.outcome === 'seeding' && !outcome.flagged);
      assert.deepEqual(outcome.reasons, missing());
    });

    it('waits past the bound too if readers would get their first document incomplete', async () => {
      assert.equal((await writer.write({ environmentId, boundReached: true })).outcome, 'seeding');
      assert.equal((await stored()).v1, undefined);
    });

    it('writes past the bound where there is a document, and says that it may be incomplete', async () => {
      await system.database
        .sql`UPDATE features_feature SET created_date = now() - interval '1 day' WHERE id = ${youngId}`;
      await writer.write({ environmentId });
      await system.database.sql`UPDATE features_feature SET created_date = now() WHERE id = ${youngId}`;
      await setValue('second');
      assert.equal((await writer.write({ environmentId, boundReached: true })).outcome, 'written');
      assert.deepEqual(await valuesIn(stored()), ['second', 'second']);
      assert.deepEqual(writer.events.at(-1), {
        level: 'warn',
        event: 'environment_document.written_incomplete',
        fields: { environment__id: environmentId, reasons: missing(), reasons__count: 1 },
      });
      const { values } =
        await writer.deps.metrics.flagsmith_environment_document_incomplete_writes_total.get();
      assert.equal(values[0]?.value, 1);
    });

    it('writes once the window has passed, and says that it may be incomplete', async () => {
      const { inferenceWindowMs } = writer.deps.seedingPolicy;
      const look = await writer.isSeeding({ environmentId });
      assert.ok(look.seeding && look.inferenceEndsInMs <= inferenceWindowMs);
      // A window that ends a moment after the look, however long after the feature that was.
      writer.deps.seedingPolicy = { inferenceWindowMs: inferenceWindowMs - look.inferenceEndsInMs + 100 };
      await new Promise((resolve) => setTimeout(resolve, 110));
      assert.equal((await writer.write({ environmentId, memory: look.memory })).outcome, 'written');
      assert.equal(writer.events.at(-1)?.event, 'environment_document.written_incomplete');
    });
  });

  /** Puts a document of the environment with another source or order. */
  async function storeWith(differing: { source?: string; order?: string }): Promise<void> {
    await writer.write({ environmentId });
    const { v1 } = await stored();
    const sync = v1!['document_sync']!.M!;
    const changed = Object.fromEntries(Object.entries(differing).map(([name, text]) => [name, { S: text }]));
    const item = { ...v1, document_sync: { M: { ...sync, ...changed } } };
    await system.dynamo.send(new PutItemCommand({ TableName: system.tables.v1, Item: item }));
  }
});

/** The feature values in a compressed item. */
function valuesOf(item: StoredItem | undefined): unknown[] {
  if (!item) return [];
  const states = JSON.parse(gunzipSync(item['feature_states']!.B!).toString()) as {
    feature_state_value: unknown;
  }[];
  return states.map(({ feature_state_value }) => feature_state_value);
}

async function valuesIn(items: ReturnType<typeof storedItems>): Promise<unknown[]> {
  const { v1, v2 } = await items;
  return [...valuesOf(v1), ...valuesOf(v2)];
}

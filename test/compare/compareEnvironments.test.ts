import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import {
  type ComparedEnvironments,
  compareEnvironments,
  type EnvironmentComparison,
} from '../../src/compare/compareEnvironments.js';
import type { ItemComparison } from '../../src/compare/compareItem.js';
import { inOrder } from '../../src/sweeps/inOrder.js';
import { readScenario } from '../document/scenarios.js';
import { loadScenario, type TestDatabase, useDatabase } from '../support/database.js';
import { allOf, type ComparedTables, itemsNow, recordedItems, useComparedTables } from './tables.js';

const compare = (
  { db }: TestDatabase,
  { dynamo, flagsmith, ours }: ComparedTables,
  environments: ComparedEnvironments,
): Promise<EnvironmentComparison[]> =>
  allOf(
    compareEnvironments(
      { db, dynamo, flagsmithTables: flagsmith, tables: ours, seedingPolicy: { inferenceWindowMs: 60_000 } },
      environments,
    ),
  );

describe('compareEnvironments, of what Flagsmith was recorded to write and what is written here', () => {
  const scenarios = [
    'b_multivariate',
    'c2_segment_priority_ties',
    'e_v2_versioning',
    'g_integrations',
    'i_not_dynamo_multi_env',
  ];
  for (const scenario of scenarios) {
    describe(scenario, () => {
      const database = useDatabase({ template: 'baseline' });
      const tables = useComparedTables(scenario);
      before(() => loadScenario(database.url, scenario));

      for (const compressed of [true, false]) {
        it(`finds all equal where Flagsmith's are ${compressed ? 'compressed' : 'plain'}`, async () => {
          const written = readScenario(scenario).environments.filter(({ v1 }) => v1);
          for (const environment of written) {
            await tables.put('flagsmith', recordedItems(environment, compressed));
            await tables.put('ours', {
              ...(await itemsNow(database, environment.environment_id, true)),
              ...(environment.v2 ? {} : { v2: null }),
            });
          }
          const results = await compare(database, tables, 'all');
          const equal = results.filter(({ v1 }) => v1.result === 'equal');
          assert.deepEqual(
            equal.map(({ environment_id }) => environment_id),
            written.map(({ environment_id }) => environment_id).sort((a, b) => a - b),
          );
          assert.deepEqual(
            equal.filter(({ v2 }) => v2.result === 'equal').length,
            written.filter(({ v2 }) => v2).length,
          );
          for (const { v1, v2 } of results)
            for (const { result } of [v1, v2]) assert.match(result, /^(equal|not_written)$/);
        });
      }
    });
  }
});

describe('compareEnvironments', () => {
  const ENVIRONMENT = 1001;
  const PROJECT = 101;
  const database = useDatabase({ template: 'baseline' });
  const tables = useComparedTables('compare_one');
  before(() => loadScenario(database.url, 'a_minimal'));

  /** What was in both tables before the test changed one side. */
  beforeEach(async () => {
    const items = await itemsNow(database, ENVIRONMENT, true);
    await tables.put('flagsmith', items);
    await tables.put('ours', items);
  });
  const compareOne = async () => (await compare(database, tables, { environmentIds: [ENVIRONMENT] }))[0]!;
  const putNow = async (side: 'flagsmith' | 'ours') =>
    tables.put(side, await itemsNow(database, ENVIRONMENT, true));
  const rename = (name: string) =>
    database.sql`UPDATE environments_environment SET name = ${name} WHERE id = ${ENVIRONMENT}`;
  /** As an audit row does. */
  const touch = () => database.sql`
    UPDATE environments_environment SET updated_at = updated_at + interval '1 s' WHERE id = ${ENVIRONMENT}`;
  const told = (item: ItemComparison) => {
    if (!('differences' in item)) return item;
    const { differences, ...rest } = item;
    return { ...rest, paths: differences.map(({ steps }) => steps.join('.')) };
  };

  it('finds ours older where Flagsmith’s is what PostgreSQL says now', async () => {
    await rename('behind');
    await putNow('flagsmith');
    const { v1, v2, error } = await compareOne();
    const expected = {
      result: 'older',
      side: 'ours',
      known_by: 'postgresql',
      current: { flagsmith: true, ours: false },
      paths: ['name'],
    };
    assert.deepEqual([told(v1), told(v2), error], [expected, expected, null]);
  });

  it('finds Flagsmith’s older where ours is current and its updated_at is of another moment', async () => {
    await rename('ahead');
    await touch();
    await putNow('ours');
    assert.deepEqual(told((await compareOne()).v1), {
      result: 'older',
      side: 'flagsmith',
      known_by: 'updated_at',
      current: { flagsmith: false, ours: true },
      paths: ['name', 'updated_at'],
    });
  });

  it('finds them different where only our own code says that ours is current', async () => {
    await rename('without an audit row');
    await putNow('ours');
    assert.deepEqual(told((await compareOne()).v1), {
      result: 'different',
      current: { flagsmith: false, ours: true },
      paths: ['name'],
    });
  });

  it('goes by updated_at where neither is what PostgreSQL says now', async () => {
    await touch();
    await putNow('ours');
    await rename('later');
    assert.deepEqual(told((await compareOne()).v1), {
      result: 'older',
      side: 'flagsmith',
      known_by: 'updated_at',
      current: { flagsmith: false, ours: false },
      paths: ['updated_at'],
    });
    await putNow('flagsmith');
    await rename('latest');
    const { v1 } = await compareOne();
    assert.deepEqual(told(v1), {
      result: 'different',
      current: { flagsmith: false, ours: false },
      paths: ['name'],
    });
  });

  it('compares what is stored, and says why, where PostgreSQL’s rows make no document', async () => {
    await rename('not written by Flagsmith any more');
    await touch();
    await putNow('ours');
    const { sql } = database;
    const subscriptions = await sql`DELETE FROM organisations_subscription RETURNING *`;
    try {
      const { v1, error } = await compareOne();
      assert.deepEqual(told(v1), {
        result: 'older',
        side: 'flagsmith',
        known_by: 'updated_at',
        current: null,
        paths: ['name', 'updated_at'],
      });
      assert.match(error ?? '', /organisations_organisation \d+: has no row in organisations_subscription/);
    } finally {
      await sql`INSERT INTO organisations_subscription ${sql(subscriptions)}`;
    }
  });

  it('tells on which side an item is missing, and what a write would wait for', async () => {
    const { v1 } = await itemsNow(database, ENVIRONMENT, true);
    const remove = (side: 'flagsmith' | 'ours') =>
      tables.dynamo.send(
        new DeleteItemCommand({ TableName: tables[side].v1, Key: { api_key: v1['api_key']! } }),
      );
    await database.sql`UPDATE environments_environment SET is_creating = true WHERE id = ${ENVIRONMENT}`;
    await remove('ours');
    const oursMissing = await compareOne();
    await remove('flagsmith');
    const bothMissing = await compareOne();
    await putNow('ours');
    const theirsMissing = await compareOne();
    await database.sql`UPDATE environments_environment SET is_creating = false WHERE id = ${ENVIRONMENT}`;
    assert.deepEqual(
      [oursMissing, bothMissing, theirsMissing].map(({ v1, v2 }) => [v1, v2]),
      ['ours', 'both', 'flagsmith'].map((side) => [{ result: 'missing', side }, { result: 'equal' }]),
    );
    assert.match(oursMissing.seeding.join(), /is being seeded/);
  });

  it('looks at no item that would not be written now', async () => {
    await rename('changed while the project uses no DynamoDB');
    const uses = (use: boolean) =>
      database.sql`UPDATE projects_project SET enable_dynamo_db = ${use} WHERE id = ${PROJECT}`;
    await putNow('ours');
    await uses(false);
    const { v1, v2 } = await compareOne();
    await uses(true);
    assert.deepEqual([v1, v2], [{ result: 'not_written' }, { result: 'not_written' }]);
  });

  it('leaves out what is deleted, and compares a project or the ids that are given, in their order', async () => {
    const { sql } = database;
    const ids = async (environments: ComparedEnvironments) =>
      (await compare(database, tables, environments)).map(({ environment_id }) => environment_id);
    const all = await ids('all');
    assert.deepEqual(await ids({ projectId: PROJECT }), all);
    assert.deepEqual(await ids({ projectId: 999 }), []);
    assert.deepEqual(await ids({ environmentIds: [...all].reverse() }), [...all].reverse());
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${ENVIRONMENT}`;
    assert.deepEqual(
      [await ids('all'), await ids({ environmentIds: all })],
      [all, all].map((list) => list.filter((id) => id !== ENVIRONMENT)),
    );
  });
});

describe('inOrder', () => {
  it('gives results in order, and has no more under way than it is told', async () => {
    let underWay = 0;
    let most = 0;
    const results = inOrder([30, 1, 20, 5, 1], 2, async (ms) => {
      most = Math.max(most, ++underWay);
      await delay(ms);
      underWay--;
      return ms;
    });
    assert.deepEqual(await allOf(results), [30, 1, 20, 5, 1]);
    assert.equal(most, 2);
  });

  it('passes a failure on in its turn, and waits for what is under way', async () => {
    const ended: number[] = [];
    const results = inOrder([1, 2, 3], 3, async (n) => {
      await delay(n === 2 ? 0 : 20);
      if (n === 2) throw new Error('second');
      ended.push(n);
      return n;
    });
    const given: number[] = [];
    await assert.rejects(async () => {
      for await (const n of results) given.push(n);
    }, /second/);
    assert.deepEqual([given, ended], [[1], [1, 3]]);
  });
});

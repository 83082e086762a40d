import assert from 'node:assert/strict';
import pg from 'pg';
import type { DatabaseSession, Transaction } from '../../src/db/connect.js';
import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { mergingStatements } from '../../src/db/mergedStatements.js';
import { Query } from '../../src/db/query.js';
import type { Statement } from '../../src/db/statement.js';
import { loadScenario, type TestDatabase, useDatabase } from '../support/database.js';
import {
  addFeatureSegment,
  addFeatureState,
  addFeatureVersion,
  addSegment,
  AS_OF,
  clearFeatureStates,
  ENVIRONMENT,
  FEATURE,
  readDocument,
  undone,
  useV2Versioning,
} from './flagsmithRows.js';

describe('the rows of an environment', () => {
  const database = useDatabase({ template: 'baseline' });
  before(() => loadScenario(database.url, 'a_minimal'));

  it('are undefined for an environment that is deleted', async () => {
    await undone(database.db, async (tx) => {
      await tx`UPDATE public.environments_environment SET deleted_at = now() WHERE id = ${ENVIRONMENT}`;
      assert.equal(await readEnvironmentRows(tx, ENVIRONMENT, AS_OF), undefined);
    });
  });

  it('are undefined for an environment that never was', async () => {
    await undone(database.db, async (tx) => {
      assert.equal(await readEnvironmentRows(tx, 999_999, AS_OF), undefined);
    });
  });

  it('are read in seven statements', async () => {
    const statements = await statementsOf(database, readAlone);
    assert.equal(statements.length, 7);
  });

  it('are read in seven statements, too, of several environments together', async () => {
    assert.equal((await statementsOf(database, readTogether)).length, 7);
  });

  it('need no right but SELECT', async () => {
    await undone(database.db, async (tx) => {
      await tx`CREATE ROLE document_reader`;
      await tx`GRANT USAGE ON SCHEMA public TO document_reader`;
      await tx`GRANT SELECT ON ALL TABLES IN SCHEMA public TO document_reader`;
      await tx`SET LOCAL ROLE document_reader`;
      assert.ok(await readEnvironmentRows(tx, ENVIRONMENT, AS_OF));
    });
  });

  it('keep microseconds, whatever the time zone of the session', async () => {
    await undone(database.db, async (tx) => {
      await tx`SET LOCAL TIME ZONE 'Asia/Kolkata'`;
      await tx`UPDATE public.environments_environment SET updated_at = '2026-03-01T09:30:00.120001+05:30'`;
      const rows = await readEnvironmentRows(tx, ENVIRONMENT, AS_OF);
      assert.equal(rows?.environment.updatedAt, '2026-03-01T04:00:00.120001');
      await clearFeatureStates(tx);
      await addFeatureState(tx, { id: 1, version: 1, liveFrom: `${AS_OF}Z` });
      assert.deepEqual(await defaultIds(tx, AS_OF), [1]);
      assert.deepEqual(await defaultIds(tx, '2026-11-22T12:00:00.123455'), []);
    });
  });
});

describe('the live state of a feature, under v1 versioning', () => {
  const database = useDatabase({ template: 'baseline' });
  before(() => loadScenario(database.url, 'a_minimal'));

  const live = (states: Parameters<typeof addFeatureState>[1][]) =>
    undone(database.db, async (tx) => {
      await clearFeatureStates(tx);
      for (const state of states) await addFeatureState(tx, state);
      return defaultIds(tx);
    });

  it('is the one live since later, even of a lower version', async () => {
    const states = [
      { id: 1, version: 7, liveFrom: '2026-01-01Z' },
      { id: 2, version: 2, liveFrom: '2026-01-02Z' },
      { id: 3, version: 9, liveFrom: '2025-12-31Z' },
    ];
    assert.deepEqual(await live(states), [2]);
  });

  it('is of those live since the same moment the one with the higher version', async () => {
    const states = [
      { id: 1, version: 10, liveFrom: '2026-01-01Z' },
      { id: 2, version: 9, liveFrom: '2026-01-01Z' },
    ];
    assert.deepEqual(await live(states), [1]);
  });

  it('is of those equal in moment and version the one with the higher id', async () => {
    const states = [
      { id: 2, version: 1, liveFrom: '2026-01-01Z' },
      { id: 1, version: 1, liveFrom: '2026-01-01Z' },
    ];
    assert.deepEqual(await live(states), [2]);
  });

  it('is neither a draft nor a scheduled one', async () => {
    const states = [
      { id: 1, version: 1, liveFrom: '2026-01-01Z' },
      { id: 2, version: null, liveFrom: '2026-01-02Z' },
      { id: 3, version: 2, liveFrom: null },
      { id: 4, version: 3, liveFrom: '2027-01-01Z' },
    ];
    assert.deepEqual(await live(states), [1]);
  });

  it('takes the place of the first state of its feature that was live', async () => {
    const states = [
      { id: 1, featureId: 5002, version: null, liveFrom: '2026-01-01Z' },
      { id: 2, featureId: 5001, version: 1, liveFrom: '2026-01-01Z' },
      { id: 3, featureId: 5002, version: 1, liveFrom: '2026-01-01Z' },
      { id: 4, featureId: 5001, version: 2, liveFrom: '2026-01-01Z' },
    ];
    assert.deepEqual(await live(states), [4, 3]);
  });
});

describe('the live state of a feature, under v2 versioning', () => {
  const database = useDatabase({ template: 'baseline' });
  before(() => loadScenario(database.url, 'a_minimal'));

  const onV2 = <T>(act: (tx: Transaction) => Promise<T>) =>
    undone(database.db, async (tx) => {
      await clearFeatureStates(tx);
      await useV2Versioning(tx);
      return act(tx);
    });

  it('is the one whose version is live since later, whatever the state says itself', async () => {
    const ids = await onV2(async (tx) => {
      const older = await addFeatureVersion(tx, { liveFrom: '2026-01-01Z' });
      const newer = await addFeatureVersion(tx, { liveFrom: '2026-01-02Z' });
      const draft = await addFeatureVersion(tx, { liveFrom: '2026-01-03Z', isPublished: false });
      await addFeatureState(tx, { id: 1, environmentFeatureVersion: newer });
      await addFeatureState(tx, {
        id: 2,
        environmentFeatureVersion: older,
        version: 5,
        liveFrom: '2026-06-01Z',
      });
      await addFeatureState(tx, {
        id: 3,
        environmentFeatureVersion: draft,
        version: 6,
        liveFrom: '2026-06-01Z',
      });
      await addFeatureState(tx, { id: 4, version: 7, liveFrom: '2026-06-01Z' });
      return defaultIds(tx);
    });
    assert.deepEqual(ids, [1]);
  });

  it('is of versions live since the same moment the one with the higher id, whatever the version number', async () => {
    const ids = await onV2(async (tx) => {
      const one = await addFeatureVersion(tx, { liveFrom: '2026-01-01Z' });
      const other = await addFeatureVersion(tx, { liveFrom: '2026-01-01Z' });
      await addFeatureState(tx, { id: 1, environmentFeatureVersion: one, version: 9 });
      await addFeatureState(tx, { id: 2, environmentFeatureVersion: other, version: 1 });
      return defaultIds(tx);
    });
    assert.deepEqual(ids, [2]);
  });

  it('may belong to a deleted version, while overrides come from the latest one that is not', async () => {
    const { defaults, overrides } = await onV2(async (tx) => {
      await addSegment(tx, 70);
      const oldest = await addVersionWithOverride(tx, 1, { liveFrom: '2026-01-01Z' });
      const kept = await addVersionWithOverride(tx, 2, { liveFrom: '2026-01-02Z' });
      const deleted = await addVersionWithOverride(tx, 3, { liveFrom: '2026-01-03Z', isDeleted: true });
      await addFeatureState(tx, { id: 11, environmentFeatureVersion: oldest });
      await addFeatureState(tx, { id: 12, environmentFeatureVersion: kept });
      await addFeatureState(tx, { id: 13, environmentFeatureVersion: deleted });
      return { defaults: await defaultIds(tx), overrides: await overrideIds(tx) };
    });
    assert.deepEqual(defaults, [13]);
    assert.deepEqual(overrides, [2]);
  });

  it('counts overrides of a deleted version that is live since the very moment of the latest one', async () => {
    const overrides = await onV2(async (tx) => {
      await addSegment(tx, 70);
      await addVersionWithOverride(tx, 1, { liveFrom: '2026-01-01Z' });
      await addVersionWithOverride(tx, 2, { liveFrom: '2026-01-01Z', isDeleted: true });
      return overrideIds(tx);
    });
    assert.deepEqual(overrides, [1, 2]);
  });

  it('counts all overrides of live versions in an environment without a latest version', async () => {
    const overrides = await onV2(async (tx) => {
      await addSegment(tx, 70);
      await addVersionWithOverride(tx, 1, { liveFrom: '2026-01-01Z', isDeleted: true });
      await addVersionWithOverride(tx, 2, { liveFrom: '2026-01-02Z', isDeleted: true });
      await addVersionWithOverride(tx, 3, { liveFrom: '2027-01-02Z' });
      return overrideIds(tx);
    });
    assert.deepEqual(overrides, [1, 2]);
  });
});

describe('the rules of a segment', () => {
  const database = useDatabase({ template: 'baseline' });
  before(() => loadScenario(database.url, 'a_minimal'));

  const addRules = async (
    tx: Transaction,
    parents: { id: number; segmentId: number | null; ruleId: number | null }[],
  ) => {
    await addSegment(tx, 70);
    for (const { id, segmentId, ruleId } of parents) {
      await tx`INSERT INTO public.segments_segmentrule (id, type, segment_id, rule_id, uuid)
        VALUES (${id}, 'ALL', ${segmentId}, ${ruleId}, gen_random_uuid())`;
    }
  };

  it('are read to any depth', async () => {
    const depths = await undone(database.db, async (tx) => {
      const depth = 12;
      const chain = Array.from({ length: depth }, (_, i) => ({
        id: i + 1,
        segmentId: i === 0 ? 70 : null,
        ruleId: i === 0 ? null : i,
      }));
      await addRules(tx, chain);
      let rules = (await readDocument(tx)).project.segments[0]!.rules;
      let found = 0;
      for (; rules.length > 0; rules = rules[0]!.rules) found++;
      return { depth, found };
    });
    assert.equal(depths.found, depths.depth);
  });

  it('are refused where a rule contains itself', async () => {
    await undone(database.db, async (tx) => {
      await addRules(tx, [
        { id: 1, segmentId: 70, ruleId: 2 },
        { id: 2, segmentId: null, ruleId: 1 },
      ]);
      await assert.rejects(readDocument(tx), {
        table: 'segments_segmentrule',
        rowId: 1,
        rule: 'contains itself',
      });
    });
  });
});

async function addVersionWithOverride(
  tx: Transaction,
  id: number,
  version: Parameters<typeof addFeatureVersion>[1],
): Promise<string> {
  const uuid = await addFeatureVersion(tx, version);
  await addFeatureSegment(tx, { id, segmentId: 70, environmentFeatureVersion: uuid });
  await addFeatureState(tx, { id, featureSegmentId: id, environmentFeatureVersion: uuid });
  return uuid;
}

const defaultIds = async (tx: Transaction, asOf = AS_OF): Promise<number[]> =>
  (await readDocument(tx, asOf)).feature_states.map((state) => state.django_id);

const overrideIds = async (tx: Transaction): Promise<number[]> =>
  (await readDocument(tx)).project.segments.flatMap((segment) =>
    segment.feature_states.map((s) => s.django_id),
  );

describe('the rows of an environment, where nobody has segment overrides yet', () => {
  const database = useDatabase({ template: 'baseline' });
  before(() => loadScenario(database.url, 'a_minimal'));

  it('are found without a look at all feature states that there are', async () => {
    await database.sql.begin(async (sql) => {
      await sql`SET LOCAL session_replication_role = replica`; // those of environments that are not there
      await sql`
        INSERT INTO features_featurestate
          (enabled, environment_id, feature_id, live_from, version, created_at, updated_at, uuid)
        SELECT true, ${ENVIRONMENT} + 1 + n % 2000, ${FEATURE}, now(), 1, now(), now(), gen_random_uuid()
        FROM generate_series(1, 40000) AS n`;
    });
    // PostgreSQL knows nothing of a table that was always empty, and expects thousands of rows in it.
    await database.sql`ANALYZE`;
    for (const read of [readAlone, readTogether])
      for (const { text, values } of await statementsOf(database, read)) {
        const plan = await database.sql.unsafe<Record<string, string>[]>(
          `EXPLAIN ${text}`,
          values as (string | number)[],
        );
        const lines = plan.map((line) => line['QUERY PLAN']).join('\n');
        assert.doesNotMatch(lines, /Seq Scan on features_featurestate /);
      }
  });
});

const readAlone = (tx: DatabaseSession) => readEnvironmentRows(tx, ENVIRONMENT + 1, AS_OF);

const readTogether = (tx: DatabaseSession) => {
  const merging = mergingStatements(tx);
  const ids = Array.from({ length: 25 }, (_, i) => ENVIRONMENT + 1 + i);
  return Promise.all(ids.map((id) => readEnvironmentRows(merging, id, AS_OF)));
};

/** What is sent to PostgreSQL for a read. */
async function statementsOf(
  { url }: TestDatabase,
  read: (tx: DatabaseSession) => Promise<unknown>,
): Promise<Statement[]> {
  const statements: Statement[] = [];
  const client = new pg.Client(url);
  await client.connect();
  const noting: DatabaseSession = (strings, ...values) =>
    Query.fromTemplate(strings, values, (statement) => {
      statements.push(statement);
      return client.query(statement.text, statement.values);
    });
  await read(noting);
  await client.end();
  return statements;
}

import assert from 'node:assert/strict';
import {
  type DocumentLine,
  documentLines,
  type DocumentOptions,
  type Selection,
} from '../../src/preview/documentLines.js';
import { listEnvironmentIds } from '../../src/db/environmentList.js';
import { contentJson } from '../../src/document/attributeJson.js';
import { comparable, readScenario, type ScenarioEnvironment } from '../document/scenarios.js';
import { loadScenario, type TestDatabase, useDatabase } from '../support/database.js';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';

const asked: DocumentOptions = {
  tables: { v1: 'environments', v2: 'environments_v2' },
  seedingPolicy: { inferenceWindowMs: 60_000 },
  encoding: 'dynamodb',
  compression: 'on',
  showSecrets: false,
};

async function linesOf(
  { db }: TestDatabase,
  options: Partial<DocumentOptions> = {},
  selection: Selection = 'all',
): Promise<DocumentLine[]> {
  const lines: DocumentLine[] = [];
  for await (const line of documentLines(db, selection, { ...asked, ...options })) lines.push(line);
  return lines;
}

const idsOf = (lines: DocumentLine[]) => lines.map((line) => line.environment_id);

for (const name of ['e_v2_versioning', 'h_flags_everything', 'i_not_dynamo_multi_env']) {
  describe(`the lines of scenario ${name}, with the types of DynamoDB`, () => {
    const database = useDatabase({ template: 'baseline' });
    const recorded = readScenario(name).environments;
    before(() => loadScenario(database.url, name));

    for (const [compression, suffix] of [
      ['off', ''],
      ['on', '_compressed'],
    ] as const) {
      it(`hold what Flagsmith wrote under compression ${compression}, and nothing where it wrote nothing`, async () => {
        const lines = await linesOf(database, { compression });
        assert.deepEqual(
          idsOf(lines),
          [...idsOf(lines)].sort((a, b) => a - b),
        );
        for (const environment of recorded) assertSame(lines, environment, suffix);
      });
    }
  });
}

describe('the lines of an item’s content', () => {
  const database = useDatabase({ template: 'baseline' });
  const recorded = readScenario('a2_values').environments;
  before(() => loadScenario(database.url, 'a2_values'));

  it('are what readers find in the plain and in the compressed item', async () => {
    const plain = await linesOf(database, { encoding: 'json', compression: 'off', showSecrets: true });
    const packed = await linesOf(database, { encoding: 'json', compression: 'on', showSecrets: true });
    for (const { environment_id, v1, v2, v1_compressed, v2_compressed } of recorded) {
      const content = [plain, packed].flatMap((lines) => {
        const line = lines.find((one) => one.environment_id === environment_id);
        return [line?.v1, line?.v2];
      });
      const expected = [v1, v2, v1_compressed, v2_compressed].map((item) => item && comparable(item));
      assert.deepEqual(content, expected);
    }
  });

  it('have a list and a map of every type as it is', () => {
    const list = { L: [{ S: 'a' }, { N: '1E-7' }, { BOOL: false }, { NULL: true as const }] };
    assert.deepEqual(contentJson({ map: { M: { list } } }), { map: { list: ['a', 1e-7, false, null] } });
  });
});

describe('the lines of environments at fault', () => {
  const database = useDatabase({ template: 'baseline' });
  before(() => loadScenario(database.url, 'm_poison'));

  it('name table, row and rule, and leave the others’ as they are', async () => {
    const lines = await linesOf(database, { compression: 'off' });
    const faults = new Map(lines.filter((line) => line.error).map((line) => [line.environment_id, line]));
    assert.deepEqual([...faults.keys()], [1003, 1007, 1008, 1010, 1019]);
    assert.deepEqual(faults.get(1003), {
      environment_id: 1003,
      written: true,
      seeding: [],
      error: 'features_featurestate 60002: allocations add up to more than 100',
      v1: null,
      v2: null,
    });
    assert.equal(lines.filter((line) => line.v1 !== null && line.error === null).length, 6);
  });

  it('have no error once nothing is written of them', async () => {
    await database.sql`UPDATE projects_project SET enable_dynamo_db = false`;
    const lines = await linesOf(database);
    assert.equal(lines.length, 11);
    for (const line of lines) assert.deepEqual([line.written, line.error, line.v1], [false, null, null]);
  });
});

describe('documentLines', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let environmentId: number;
  let other: number;
  before(async () => {
    const { sql } = database;
    projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, await insertFeature(sql, projectId, 'size'), 'XL');
    other = await insertEnvironment(
      sql,
      await insertProject(sql, { identity_overrides_v2_migration_status: 'IN_PROGRESS' }),
    );
  });

  const one = async (options: Partial<DocumentOptions> = {}, id = environmentId): Promise<DocumentLine> =>
    (await linesOf(database, options, { environmentId: id }))[0]!;

  it('gives one project’s environments, all environments, or one, in one order of fields', async () => {
    assert.deepEqual(idsOf(await linesOf(database, {}, { projectId })), [environmentId]);
    assert.deepEqual(idsOf(await linesOf(database)), [environmentId, other]);
    const line = await one();
    assert.deepEqual(Object.keys(line), ['environment_id', 'written', 'seeding', 'error', 'v1', 'v2']);
  });

  it('follows the project’s migration to the second table', async () => {
    assert.ok((await one()).v2);
    const { written, v1, v2 } = await one({}, other);
    assert.deepEqual([written, v1 !== null, v2], [true, true, null]);
  });

  it('takes both tables to be there where neither is named, and leaves out one that is not named', async () => {
    const items = async (v1: string | undefined, v2: string | undefined) => {
      const line = await one({ tables: { v1, v2 } });
      return [line.written, line.v1 !== null, line.v2 !== null];
    };
    assert.deepEqual(await items(undefined, undefined), [true, true, true]);
    assert.deepEqual(await items('environments', undefined), [true, true, false]);
    assert.deepEqual(await items(undefined, 'environments_v2'), [false, false, false]);
  });

  it('tells a document that does not fit, in the form that it does not fit in', async () => {
    const { sql } = database;
    const id = await insertEnvironment(sql, projectId);
    for (let n = 0; n < 21; n++) {
      const featureId = await insertFeature(sql, projectId, `big_${n}`);
      await insertFeatureState(sql, id, featureId, 'x'.repeat(20_000));
    }
    const tooLarge = await one({ compression: 'off' }, id);
    assert.match(tooLarge.error ?? '', /^The item has \d+ bytes .*feature_states/);
    assert.deepEqual([tooLarge.written, tooLarge.v1, tooLarge.v2], [true, null, null]);
    for (const compression of ['on', 'auto'] as const) {
      const { error, v1 } = await one({ compression }, id);
      assert.deepEqual([error, v1?.['compressed']], [null, { BOOL: true }]);
    }
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${id}`;
  });

  it('tells what is being seeded, with the items of the rows as they are', async () => {
    const { sql } = database;
    const featureId = await insertFeature(sql, projectId, 'colour', { is_creating: true });
    const young = await insertFeature(sql, projectId, 'weight', { created_date: new Date() });
    const { seeding, written, error, v1 } = await one({ encoding: 'json' });
    assert.deepEqual(seeding, [
      `feature ${featureId} is being seeded (is_creating is up)`,
      `feature ${young} has no live feature state here yet`,
    ]);
    assert.deepEqual([written, error], [true, null]);
    assert.equal((v1?.['feature_states'] as object[]).length, 1);
    await sql`DELETE FROM features_feature WHERE id IN ${sql([featureId, young])}`;
  });

  it('waits for nothing where nothing is written', async () => {
    const { sql } = database;
    await sql`UPDATE environments_environment SET is_creating = true WHERE id = ${environmentId}`;
    assert.equal((await one()).seeding.length, 1);
    assert.deepEqual((await one({ tables: { v1: undefined, v2: 'environments_v2' } })).seeding, []);
    await sql`UPDATE environments_environment SET is_creating = false WHERE id = ${environmentId}`;
  });

  it('keeps nothing open between two lines, and leaves out what is deleted meanwhile', async () => {
    const { sql, db } = database;
    const doomed = await insertEnvironment(sql, projectId);
    const lines = documentLines(db, 'all', asked);
    await lines.next();
    const [open] = await sql<{ count: number }[]>`
      SELECT count(*)::integer FROM pg_stat_activity
      WHERE application_name = 'tested' AND xact_start IS NOT NULL AND datname = ${database.name}`;
    assert.equal(open!.count, 0);
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${doomed}`;
    const rest: DocumentLine[] = [];
    for await (const line of lines) rest.push(line);
    assert.deepEqual(idsOf(rest), [other]);
    assert.deepEqual(await linesOf(database, {}, { environmentId: doomed }), []);
  });
});

describe('listEnvironmentIds', () => {
  const database = useDatabase({ template: 'baseline' });

  it('gives each environment once, by id, over more pages than one', async () => {
    const { sql, db } = database;
    const projectId = await insertProject(sql);
    const first = await insertEnvironment(sql, projectId);
    await sql`
      INSERT INTO environments_environment
      SELECT (jsonb_populate_record(e, jsonb_build_object('id', e.id + n, 'api_key', n, 'uuid', gen_random_uuid()))).*
      FROM environments_environment e, generate_series(1, 999) n`;
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${first + 499}`;
    const ids: number[] = [];
    for await (const id of listEnvironmentIds(db, projectId)) ids.push(id);
    const all = Array.from({ length: 1000 }, (_, n) => first + n);
    assert.deepEqual(
      ids,
      all.filter((id) => id !== first + 499),
    );
  });
});

function assertSame(lines: DocumentLine[], recorded: ScenarioEnvironment, suffix: '' | '_compressed'): void {
  const line = lines.find((candidate) => candidate.environment_id === recorded.environment_id);
  for (const version of ['v1', 'v2'] as const) {
    const item = line?.[version] ?? null;
    const expected = recorded[`${version}${suffix}`];
    const what = `${version} of ${recorded.environment_id}`;
    assert.deepEqual(item && comparable(item), expected && comparable(expected), what);
  }
  if (line) assert.equal(line.written, recorded.v1 !== null);
}

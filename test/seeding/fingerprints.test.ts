import assert from 'node:assert/strict';
import { readSeedingRows } from '../../src/db/seedingRows.js';
import { type TestDatabase, useDatabase } from '../support/database.js';
import { insertEnvironment, insertFeature, insertProject } from '../support/flagsmithData.js';

const AS_OF = '2026-11-22T12:00:00.123456';

describe('the fingerprints of young features and segments', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let environmentId: number;
  let featureId: number;
  let segment: SegmentIds;
  let other: SegmentIds;
  before(async () => {
    projectId = await insertProject(database.sql);
    environmentId = await insertEnvironment(database.sql, projectId);
    featureId = await insertFeature(database.sql, projectId, 'size', { type: 'MULTIVARIATE' });
    await insertFeature(database.sql, projectId, 'standard');
    segment = await insertSegment(database, projectId, 'beta testers');
    other = await insertSegment(database, projectId, 'staff');
  });

  it('are those of the multivariate features and the segments of the project', async () => {
    const { sql } = database;
    const elsewhere = await insertProject(sql);
    await insertSegment(database, elsewhere, 'elsewhere');
    await insertFeature(sql, elsewhere, 'elsewhere', { type: 'MULTIVARIATE' });
    await insertFeature(sql, projectId, 'deleted', { type: 'MULTIVARIATE', deleted_at: new Date() });
    assert.deepEqual(
      Object.keys(await fingerprints()),
      [`feature ${featureId}`, `segment ${segment.id}`, `segment ${other.id}`].sort(),
    );
  });

  it('stay as they are while nothing changes', async () => {
    assert.deepEqual(await fingerprints(), await fingerprints());
  });

  const changes: { what: string; of: 'segment' | 'feature'; change: () => Promise<unknown> }[] = [
    {
      what: 'an option',
      of: 'feature',
      change: () => database.sql`
        INSERT INTO multivariate_multivariatefeatureoption
          (uuid, feature_id, type, string_value, default_percentage_allocation)
        VALUES (gen_random_uuid(), ${featureId}, 'unicode', 'red', 10)`,
    },
    {
      what: "an option's allocation",
      of: 'feature',
      change: () =>
        database.sql`
          UPDATE multivariate_multivariatefeatureoption SET default_percentage_allocation = 20
          WHERE feature_id = ${featureId}`,
    },
    { what: 'a nested rule', of: 'segment', change: () => insertRule(database, { ruleId: segment.ruleId }) },
    {
      what: "a rule's type",
      of: 'segment',
      change: () => database.sql`UPDATE segments_segmentrule SET type = 'NONE' WHERE id = ${segment.ruleId}`,
    },
    { what: 'a condition', of: 'segment', change: () => insertCondition(database, segment.ruleId) },
    {
      what: "a condition's value",
      of: 'segment',
      change: () =>
        database.sql`UPDATE segments_condition SET value = 'DE' WHERE rule_id = ${segment.ruleId}`,
    },
    {
      what: "a condition's deletion",
      of: 'segment',
      change: () =>
        database.sql`UPDATE segments_condition SET deleted_at = now() WHERE rule_id = ${segment.ruleId}`,
    },
    {
      what: "a nested rule's deletion",
      of: 'segment',
      change: () =>
        database.sql`UPDATE segments_segmentrule SET deleted_at = now() WHERE rule_id = ${segment.ruleId}`,
    },
  ];
  for (const { what, of, change } of changes) {
    it(`change by ${what} that of its ${of}, and no other`, async () => {
      const before = await fingerprints();
      await change();
      const after = await fingerprints();
      const changed = Object.keys(after).filter((key) => after[key] !== before[key]);
      assert.deepEqual(changed, [of === 'feature' ? `feature ${featureId}` : `segment ${segment.id}`]);
    });
  }

  it('are found, and the query ends, where rules contain each other', async () => {
    const child = await insertRule(database, { ruleId: other.ruleId });
    await database.sql`UPDATE segments_segmentrule SET rule_id = ${child} WHERE id = ${other.ruleId}`;
    assert.ok(`segment ${other.id}` in (await fingerprints()));
  });

  it('leave out revisions of a segment, which are rows of their own', async () => {
    const revision = await insertSegment(database, projectId, 'revision');
    await database.sql`UPDATE segments_segment SET version_of_id = ${segment.id} WHERE id = ${revision.id}`;
    assert.ok(!(`segment ${revision.id}` in (await fingerprints())));
  });

  it('take an old segment for as young as its youngest rule', async () => {
    const { sql } = database;
    const old = await insertSegment(database, projectId, 'old');
    await sql`UPDATE segments_segment SET created_at = '2020-01-01Z' WHERE id = ${old.id}`;
    await sql`UPDATE segments_segmentrule SET created_at = '2020-01-01Z' WHERE id = ${old.ruleId}`;
    assert.ok(!(`segment ${old.id}` in (await fingerprints('2021-01-01T00:00:00'))));
    await insertRule(database, { ruleId: old.ruleId });
    assert.ok(`segment ${old.id}` in (await fingerprints('2021-01-01T00:00:00')));
  });

  async function fingerprints(youngSince = '2000-01-01T00:00:00'): Promise<Record<string, string>> {
    const rows = await readSeedingRows(database.db, environmentId, { asOf: AS_OF, youngSince });
    return Object.fromEntries(
      rows!.youngCompounds.map(({ kind, id, fingerprint }) => [`${kind} ${id}`, fingerprint]),
    );
  }
});

interface SegmentIds {
  id: number;
  ruleId: number;
}

/** With one rule of one condition. */
async function insertSegment(database: TestDatabase, projectId: number, name: string): Promise<SegmentIds> {
  const id = await database.sql.begin(async (tx) => {
    const [row] = await tx<{ id: number }[]>`
      INSERT INTO segments_segment (name, project_id, uuid, version, is_system_segment, managed_by, created_at)
      VALUES (${name}, ${projectId}, gen_random_uuid(), 1, false, 'flagsmith', now()) RETURNING id`;
    await tx`UPDATE segments_segment SET version_of_id = id WHERE id = ${row!.id}`;
    return row!.id;
  });
  const ruleId = await insertRule(database, { segmentId: id });
  await insertCondition(database, ruleId);
  return { id, ruleId };
}

async function insertRule(
  { sql }: TestDatabase,
  { segmentId = null, ruleId = null }: { segmentId?: number | null; ruleId?: number | null },
): Promise<number> {
  const [row] = await sql<{ id: number }[]>`
    INSERT INTO segments_segmentrule (type, segment_id, rule_id, uuid, created_at)
    VALUES ('ALL', ${segmentId}, ${ruleId}, gen_random_uuid(), now()) RETURNING id`;
  return row!.id;
}

const insertCondition = ({ sql }: TestDatabase, ruleId: number) => sql`
  INSERT INTO segments_condition (operator, property, value, rule_id, uuid, created_with_segment, created_at)
  VALUES ('EQUAL', 'country', 'GB', ${ruleId}, gen_random_uuid(), false, now())`;

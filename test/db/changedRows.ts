import type { ISql, Sql } from 'postgres';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';

/** The ids of what `insertRows` makes. */
export type Rows = Awaited<ReturnType<typeof insertRows>>;

/** A project with one of each kind of row that is in a document, and of each kind that is in none. */
export async function insertRows(sql: Sql) {
  const project = await insertProject(sql);
  const [{ organisation } = { organisation: 0 }] = await sql<{ organisation: number }[]>`
    SELECT organisation_id AS organisation FROM projects_project WHERE id = ${project}`;
  const v1 = await insertEnvironment(sql, project);
  const v2 = await insertEnvironment(sql, project, { use_v2_feature_versioning: true });
  const deleted = await insertEnvironment(sql, project, { deleted_at: now() });
  const feature = await insertFeature(sql, project, 'size', { type: 'MULTIVARIATE' });
  const option = await insertRow(sql, 'multivariate_multivariatefeatureoption', {
    ...{ feature_id: feature, type: 'unicode', string_value: 'XL', default_percentage_allocation: 10 },
  });
  const states = await insertStates(sql, { v1, v2, deleted, feature, option });
  const segments = await insertSegments(sql, { project, v1, feature });
  return { project, organisation, v1, v2, deleted, feature, option, ...states, ...segments };
}

/** Inserts a row with a uuid of its own. Gives its id, if it has one. */
export async function insertRow(
  sql: ISql,
  table: string,
  columns: Record<string, string | number | boolean | Date | null>,
): Promise<number> {
  const [row] = await sql<{ id: number }[]>`
    INSERT INTO ${sql(table)} ${sql({ uuid: crypto.randomUUID(), ...columns })} RETURNING *`;
  return row!.id;
}

interface Seeded {
  v1: number;
  v2: number;
  deleted: number;
  feature: number;
  option: number;
}

async function insertStates(sql: Sql, { v1, v2, deleted, feature, option }: Seeded) {
  const publishedVersion = await insertVersion(sql, v2, feature, now());
  const draftVersion = await insertVersion(sql, v2, feature, null);
  const states = {
    live: await insertFeatureState(sql, v1, feature),
    identityOverride: await insertFeatureState(sql, v1, feature),
    changeRequest: await insertFeatureState(sql, v1, feature),
    published: await insertFeatureState(sql, v2, feature),
    draft: await insertFeatureState(sql, v2, feature),
    ofDeleted: await insertFeatureState(sql, deleted, feature),
  };
  for (const feature_state_id of Object.values(states)) {
    await insertRow(sql, 'multivariate_multivariatefeaturestatevalue', {
      ...{ feature_state_id, multivariate_feature_option_id: option, percentage_allocation: 10 },
    });
  }
  await sql`UPDATE features_featurestate SET version = NULL, live_from = NULL WHERE id = ${states.changeRequest}`;
  await sql`
    UPDATE features_featurestate SET identity_id = ${await insertIdentity(sql, v1)}
    WHERE id = ${states.identityOverride}`;
  for (const [id, version] of [
    [states.published, publishedVersion],
    [states.draft, draftVersion],
  ] as const) {
    await sql`UPDATE features_featurestate SET environment_feature_version_id = ${version} WHERE id = ${id}`;
  }
  return { ...states, publishedVersion, draftVersion };
}

async function insertSegments(
  sql: Sql,
  { project, v1, feature }: { project: number; v1: number; feature: number },
) {
  const segment = await insertSegment(sql, project);
  await sql`UPDATE segments_segment SET version_of_id = id WHERE id = ${segment}`;
  const revision = await insertSegment(sql, project);
  await sql`UPDATE segments_segment SET version_of_id = ${segment} WHERE id = ${revision}`;
  const rule = await insertRow(sql, 'segments_segmentrule', { segment_id: segment, type: 'ALL' });
  const inner = await insertRow(sql, 'segments_segmentrule', { rule_id: rule, type: 'ANY' });
  const innermost = await insertRow(sql, 'segments_segmentrule', { rule_id: inner, type: 'NONE' });
  const revisionRule = await insertRow(sql, 'segments_segmentrule', { segment_id: revision, type: 'ALL' });
  const condition = { operator: 'EQUAL', property: 'plan', value: 'pro', created_with_segment: false };
  const featureSegment = await insertRow(sql, 'features_featuresegment', {
    ...{ feature_id: feature, segment_id: segment, environment_id: v1, priority: 1, enabled: false },
  });
  return {
    ...{ segment, revision, rule, inner, innermost, revisionRule, featureSegment },
    condition: await insertRow(sql, 'segments_condition', { ...condition, rule_id: innermost }),
    revisionCondition: await insertRow(sql, 'segments_condition', { ...condition, rule_id: revisionRule }),
  };
}

const insertSegment = (sql: Sql, project: number) =>
  insertRow(sql, 'segments_segment', {
    ...{ project_id: project, name: 'Pros', is_system_segment: false, managed_by: '' },
  });

async function insertVersion(
  sql: Sql,
  environment_id: number,
  feature_id: number,
  live_from: Date | null,
): Promise<string> {
  const uuid = crypto.randomUUID();
  await insertRow(sql, 'feature_versioning_environmentfeatureversion', {
    ...{ uuid, environment_id, feature_id, live_from, published_at: live_from },
    ...{ created_at: now(), updated_at: now() },
  });
  return uuid;
}

async function insertIdentity(sql: Sql, environmentId: number): Promise<number> {
  const [identity] = await sql<{ id: number }[]>`
    INSERT INTO environments_identity (identifier, created_date, environment_id, system_traits)
    VALUES ('ada', now(), ${environmentId}, '{}') RETURNING id`;
  return identity!.id;
}

const now = () => new Date();

import type { Sql } from 'postgres';

/** Inserts a segment. Gives its id. */
export async function insertSegment(sql: Sql, projectId: number, name = 'beta testers'): Promise<number> {
  const [segment] = await sql<{ id: number }[]>`
    INSERT INTO segments_segment (name, project_id, uuid, version, version_of_id, is_system_segment, managed_by)
    VALUES (${name}, ${projectId}, gen_random_uuid(), 1, currval('segments_segment_id_seq'), false, 'flagsmith')
    RETURNING id`;
  return segment!.id;
}

/** Overrides the feature's default for a segment of its own, beside the default's version if it has one. */
export async function insertOverride(
  sql: Sql,
  environmentId: number,
  featureId: number,
  value: string,
  priority = 3,
): Promise<void> {
  const [feature] = await sql<{ project_id: number }[]>`
    SELECT project_id FROM features_feature WHERE id = ${featureId}`;
  const segmentId = await insertSegment(sql, feature!.project_id);
  await sql`
    WITH feature_default AS (
      SELECT environment_feature_version_id AS version_id, version, live_from FROM features_featurestate
      WHERE environment_id = ${environmentId} AND feature_id = ${featureId}
        AND feature_segment_id IS NULL AND identity_id IS NULL
    ), feature_segment AS (
      INSERT INTO features_featuresegment
        (priority, feature_id, segment_id, environment_id, enabled, uuid, environment_feature_version_id)
      SELECT ${priority}, ${featureId}, ${segmentId}, ${environmentId}, true, gen_random_uuid(), version_id
      FROM feature_default
      RETURNING id
    ), state AS (
      INSERT INTO features_featurestate (
        uuid, environment_id, feature_id, feature_segment_id, enabled, version, live_from, created_at, updated_at,
        environment_feature_version_id
      )
      SELECT
        gen_random_uuid(), ${environmentId}, ${featureId}, feature_segment.id, true, version, live_from, now(), now(),
        version_id
      FROM feature_default, feature_segment
      RETURNING id
    )
    INSERT INTO features_featurestatevalue (feature_state_id, type, string_value, uuid)
    SELECT id, 'unicode', ${value}, gen_random_uuid() FROM state`;
}

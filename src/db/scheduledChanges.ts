import type { DatabaseSession } from './connect.js';
import { moment } from './environmentRows/liveFeatureStates.js';

export interface ScheduledChanges {
  /** When the next change goes live: UTC text, microseconds. */
  nextLiveFrom: string | null;
  /** Something went live after `since`. */
  wentLive: boolean;
}

/**
 * What changes in the environment's document by the mere passing of time: under v1 versioning feature states that become
 * live, under v2 versioning published versions. A deleted version counts as long as it has states that are not deleted,
 * as those go live with it.
 *
 * @param moments UTC text as `Snapshot.asOf`; `since` is not after `asOf`
 */
export async function readScheduledChanges(
  tx: DatabaseSession,
  environmentId: number,
  { asOf, since = asOf }: { asOf: string; since?: string | undefined },
): Promise<ScheduledChanges> {
  const [row] = await tx<ScheduledChanges[]>`
    SELECT
      to_char(
        min(live_from) FILTER (WHERE live_from > ${moment(tx, asOf)}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'
      ) AS "nextLiveFrom",
      coalesce(bool_or(live_from <= ${moment(tx, asOf)}), false) AS "wentLive"
    FROM (
      SELECT fs.live_from
      FROM public.environments_environment e
      JOIN public.features_featurestate fs ON fs.environment_id = e.id
      WHERE e.id = ${environmentId} AND NOT e.use_v2_feature_versioning
        AND fs.deleted_at IS NULL AND fs.identity_id IS NULL AND fs.version IS NOT NULL
      UNION ALL
      SELECT efv.live_from
      FROM public.environments_environment e
      JOIN public.feature_versioning_environmentfeatureversion efv ON efv.environment_id = e.id
      WHERE e.id = ${environmentId} AND e.use_v2_feature_versioning AND efv.published_at IS NOT NULL
        AND (efv.deleted_at IS NULL OR EXISTS (
          SELECT FROM public.features_featurestate fs
          WHERE fs.environment_feature_version_id = efv.uuid AND fs.deleted_at IS NULL))
    ) AS scheduled
    -- Beyond the year 9999 there are no moments in JavaScript, and nobody to wait for them.
    WHERE live_from > ${moment(tx, since)} AND live_from < '9999-01-01'`;
  return row ?? { nextLiveFrom: null, wentLive: false };
}

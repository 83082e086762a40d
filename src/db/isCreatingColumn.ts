import type { DatabaseSession } from './connect.js';

/** Whose `features_feature.is_creating` is: told by the comment that our migration leaves on it. */
export async function ownerOfFeatureFlag(db: DatabaseSession): Promise<'ours' | 'flagsmith' | 'absent'> {
  const [column] = await db<{ isOurs: boolean }[]>`
    SELECT coalesce(col_description(attrelid, attnum) = 'environment-document-sync', false) AS "isOurs"
    FROM pg_catalog.pg_attribute
    WHERE attrelid = to_regclass('public.features_feature') AND attname = 'is_creating' AND NOT attisdropped`;
  if (!column) return 'absent';
  return column.isOurs ? 'ours' : 'flagsmith';
}

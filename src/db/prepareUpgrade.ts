import type { Database, Transaction } from './connect.js';
import { ownerOfFeatureFlag } from './isCreatingColumn.js';
import { inShortTransaction } from './migrations/inShortTransaction.js';

/**
 * Takes our `features_feature.is_creating` away, so that an upgraded Flagsmith can add its own; a later `migrate` looks
 * anew which one is there.
 *
 * @returns whether it is gone now, or was `flagsmith`'s or `absent` from the start
 * @throws while a flag is up: without it a half-seeded feature would get into documents
 */
export const prepareUpgrade = (db: Database): Promise<'removed' | 'flagsmith' | 'absent'> =>
  inShortTransaction(db, async (tx) => {
    const owner = await ownerOfFeatureFlag(tx);
    if (owner !== 'ours') return owner;
    // Before the look, so that no flag goes up between it and the end of the column.
    await tx`LOCK TABLE public.features_feature IN ACCESS EXCLUSIVE MODE`;
    await requireNoFlag(tx);
    await dropFeatureFlag(tx);
    return 'removed';
  });

/** The migration is forgotten with the column: the next `migrate` makes it again where it is wanted and missing. */
export async function dropFeatureFlag(tx: Transaction): Promise<void> {
  await tx`ALTER TABLE public.features_feature DROP COLUMN is_creating`;
  await tx`DELETE FROM document_sync.migration WHERE name = 'creation/0001_feature_is_creating.sql'`;
}

async function requireNoFlag(tx: Transaction): Promise<void> {
  const [flagged] = await tx<{ ids: number[] }[]>`
    SELECT array_agg(id) AS ids
    FROM (SELECT id FROM public.features_feature WHERE is_creating ORDER BY id LIMIT 20) AS creating
    HAVING count(*) > 0`;
  if (flagged)
    throw new Error(
      `A creation is under way: features_feature.is_creating is up for ${flagged.ids.join(', ')}. ` +
        'Let it finish, or clear the flag of one that was given up; then try again.',
    );
}

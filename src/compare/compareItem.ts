import { type Content, contentOf } from './content.js';
import { type Difference, differencesOf } from './differences.js';
import type { DynamoItem } from '../document/attributeValue.js';

export type Side = 'flagsmith' | 'ours';

/** How one item of Flagsmith's table and ours compare. */
export type ItemComparison =
  | { result: 'equal' }
  /** No write would put one now: what a table may still hold from earlier is not looked at. */
  | { result: 'not_written' }
  | { result: 'missing'; side: Side | 'both' }
  | ({ result: 'older'; side: Side; known_by: 'postgresql' | 'updated_at' } & Differing)
  | ({ result: 'different' } & Differing);

interface Differing {
  /** Which of the two is what PostgreSQL says now, as this product reads it; null where it cannot be told. */
  current: Record<Side, boolean> | null;
  differences: Difference[];
}

export interface ItemsToCompare {
  flagsmith: DynamoItem | undefined;
  ours: DynamoItem | undefined;
}

/** Tells what needs no look at PostgreSQL; else undefined. */
export function compareStored({ flagsmith, ours }: ItemsToCompare): ItemComparison | undefined {
  if (!flagsmith || !ours)
    return { result: 'missing', side: flagsmith ? 'ours' : ours ? 'flagsmith' : 'both' };
  return differencesOf(contentOf(flagsmith), contentOf(ours)).length === 0 ? { result: 'equal' } : undefined;
}

/**
 * Tells how two items compare, with a look at what PostgreSQL says.
 *
 * @param now the item that would be written now; undefined where none can be made
 */
export function compareItem(stored: ItemsToCompare, now: DynamoItem | undefined): ItemComparison {
  const settled = compareStored(stored);
  if (settled || !stored.flagsmith || !stored.ours) return settled ?? { result: 'equal' };
  const contents = { flagsmith: contentOf(stored.flagsmith), ours: contentOf(stored.ours) };
  const current = now ? currentOf(contents, contentOf(now)) : null;
  const older = olderOf(contents, current, now?.['updated_at']?.S);
  const differing = { current, differences: differencesOf(contents.flagsmith, contents.ours) };
  return older ? { result: 'older', ...older, ...differing } : { result: 'different', ...differing };
}

const currentOf = (contents: Record<Side, Content>, now: Content): Record<Side, boolean> => ({
  flagsmith: differencesOf(contents.flagsmith, now).length === 0,
  ours: differencesOf(contents.ours, now).length === 0,
});

/**
 * That ours is what PostgreSQL says now proves nothing by itself: it is made by the same code, and a fault of that code is
 * what a comparison is there to find. Flagsmith's item is older only if its own `updated_at` says so.
 */
function olderOf(
  { flagsmith, ours }: Record<Side, Content>,
  current: Record<Side, boolean> | null,
  nowUpdatedAt: string | undefined,
): { side: Side; known_by: 'postgresql' | 'updated_at' } | undefined {
  if (current?.flagsmith) return { side: 'ours', known_by: 'postgresql' };
  const theirs = updatedAt(flagsmith);
  if (current?.ours)
    return theirs === nowUpdatedAt ? undefined : { side: 'flagsmith', known_by: 'updated_at' };
  const own = updatedAt(ours);
  if (theirs === own) return undefined;
  // As text they sort as moments do: Flagsmith's form leaves out nothing but a fraction of zero, and "+" is before ".".
  return { side: theirs < own ? 'flagsmith' : 'ours', known_by: 'updated_at' };
}

const updatedAt = ({ document }: Content) => String(document['updated_at']);

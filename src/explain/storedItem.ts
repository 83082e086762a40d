import { contentOf } from '../compare/content.js';
import { differencesOf } from '../compare/differences.js';
import type { DynamoItem } from '../document/attributeValue.js';
import { momentOf } from '../dynamo/itemMoment.js';
import { orderOf } from '../dynamo/unlessNewer.js';

/** What DynamoDB holds of an environment in one table, seen beside PostgreSQL. */
export type StoredItem =
  /** No table is configured, or the project has no item in it. */
  | { item: 'not written' }
  | { item: 'missing' }
  /** Somebody else wrote it: Flagsmith's own writer, or a script. */
  | ({ item: 'foreign' } & Compared)
  | ({
      item: 'ours';
      /** When its rows were read: UTC text, microseconds. */
      readAt: string;
      order: string;
      /** Of another moment of PostgreSQL's history than its next write could replace. */
      conflict: 'ahead of PostgreSQL' | 'of another database' | null;
    } & Compared);

interface Compared {
  /** Whether readers find what would be written now; null where no document can be made. */
  isCurrent: boolean | null;
  /** Where not: at most 20 paths, without values. */
  differences: string[];
  differencesCount: number;
}

/** Where PostgreSQL is; undefined where it cannot be told. */
export interface PostgresMoment {
  source: string;
  order: string;
  /** Clusters whose items this database may replace. */
  predecessors: string[];
}

const MAX_DIFFERENCES = 20;

/**
 * @param isWritten whether a write puts this item at all
 * @param now the item that would be written now; undefined where none can be made
 */
export function storedItem(
  stored: DynamoItem | undefined,
  isWritten: boolean,
  now: DynamoItem | undefined,
  postgres: PostgresMoment | undefined,
): StoredItem {
  if (!isWritten) return { item: 'not written' };
  if (!stored) return { item: 'missing' };
  const compared = compare(stored, now);
  const itemOrder = orderOf(stored);
  if (!itemOrder) return { item: 'foreign', ...compared };
  const { source, order } = itemOrder;
  const conflict = postgres ? conflictOf({ source, order }, postgres) : null;
  return { item: 'ours', readAt: momentOf(itemOrder), order, conflict, ...compared };
}

function conflictOf(stored: { source: string; order: string }, postgres: PostgresMoment) {
  if (stored.source !== postgres.source)
    return postgres.predecessors.includes(stored.source) ? null : 'of another database';
  return stored.order > postgres.order ? 'ahead of PostgreSQL' : null;
}

function compare(stored: DynamoItem, now: DynamoItem | undefined): Compared {
  if (!now) return { isCurrent: null, differences: [], differencesCount: 0 };
  const paths = differencesOf(contentOf(stored), contentOf(now)).map(({ steps }) =>
    steps.join('.').replaceAll('.[', '['),
  );
  return {
    isCurrent: paths.length === 0,
    differences: paths.slice(0, MAX_DIFFERENCES),
    differencesCount: paths.length,
  };
}

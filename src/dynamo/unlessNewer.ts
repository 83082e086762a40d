import type { DynamoItem } from '../document/attributeValue.js';

/** The attribute that only this product writes. */
export const SYNC_ATTRIBUTE = 'document_sync';

/** Where in PostgreSQL's history an item was read: stored in its `document_sync` attribute. */
export interface ItemOrder {
  source: string;
  order: string;
}

/** Of a stored item; undefined where its attribute says no moment: somebody else wrote it, or damaged it. */
export function orderOf(item: DynamoItem): ItemOrder | undefined {
  const { source, order } = item[SYNC_ATTRIBUTE]?.M ?? {};
  return source?.S !== undefined && order?.S !== undefined ? { source: source.S, order: order.S } : undefined;
}

export interface Condition {
  expression: string;
  names: Record<string, string>;
  values: DynamoItem;
}

/**
 * The condition of every put and delete: what is there is of no later moment, and of this database or one of its
 * predecessors. An item that says no moment ({@link orderOf}) is somebody else's: were a damaged attribute none of these,
 * the item would refuse every put for ever.
 *
 * @param predecessors clusters that this database has moved from: their orders do not compare with its own
 * @param evenIf items that are replaced all the same, as long as they are these
 */
export function unlessNewer(
  { source, order }: ItemOrder,
  predecessors: string[],
  evenIf: ItemOrder[] = [],
): Condition {
  const accepted = predecessors.map((predecessor, i) => [`:predecessor${i}`, { S: predecessor }] as const);
  const known = evenIf.flatMap((item, i) => [
    [`:knownSource${i}`, { S: item.source }] as const,
    [`:knownOrder${i}`, { S: item.order }] as const,
  ]);
  const alternatives = [
    'attribute_not_exists(#d)',
    'NOT (attribute_type(#d.#source, :text) AND attribute_type(#d.#order, :text))',
    '(#d.#source = :source AND #d.#order <= :order)',
    ...(accepted.length > 0 ? [`#d.#source IN (${accepted.map(([name]) => name).join(', ')})`] : []),
    ...evenIf.map((_, i) => `(#d.#source = :knownSource${i} AND #d.#order = :knownOrder${i})`),
  ];
  return {
    expression: alternatives.join(' OR '),
    names: { '#d': SYNC_ATTRIBUTE, '#source': 'source', '#order': 'order' },
    values: {
      ':text': { S: 'S' },
      ':source': { S: source },
      ':order': { S: order },
      ...Object.fromEntries([...accepted, ...known]),
    },
  };
}

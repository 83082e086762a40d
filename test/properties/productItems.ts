import type { Transaction } from '../../src/db/connect.js';
import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { buildDocument } from '../../src/document/buildDocument.js';
import { UnreadableDocumentError } from '../../src/document/errors.js';
import { buildItems } from '../../src/document/items.js';
import type { EnvironmentRows } from '../../src/document/rows.js';
import { writtenItems } from '../../src/document/writtenItems.js';
import { decodeItem } from './decodeItem.js';
import type { Expected, Items } from './reference/expectedItems.js';

/** What the product makes of one environment, in the form of what is expected of it. */
export async function productItems(
  tx: Transaction,
  environmentId: number,
  asOf: string,
): Promise<Expected | null> {
  const rows = await readEnvironmentRows(tx, environmentId, asOf);
  if (!rows) return null;
  return {
    writes: writtenItems(rows.project),
    plain: itemsOrRefusal(rows, { compress: false }),
    compressed: itemsOrRefusal(rows, { compress: true }),
  };
}

function itemsOrRefusal(rows: EnvironmentRows, form: { compress: boolean }): Items | { failures: string[] } {
  let items: { v1: DynamoItem; v2: DynamoItem };
  try {
    items = buildItems(buildDocument(rows), form);
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return { failures: [`${error.table}: ${error.rule}`] };
    throw error;
  }
  return { v1: decodeItem(items.v1), v2: decodeItem(items.v2) };
}

import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Snapshot, inSnapshot } from '../../db/snapshot.js';
import { readEnvironmentRows } from '../../db/environmentRows.js';
import type { DynamoItem } from '../../document/attributeValue.js';
import { buildDocument } from '../../document/buildDocument.js';
import { itemSizeBytes } from '../../document/itemSize.js';
import type { EnvironmentDocument } from '../../document/types.js';
import { type FeatureContent, contentsOfItem } from './contents.js';
import type { Stage } from './stage.js';

/** What a write at this very moment would put, seeding or not: built of the rows as the product builds it. */
export const documentNow = ({ db }: Stage, environmentId: number): Promise<EnvironmentDocument> =>
  inSnapshot(db, async (tx, { asOf }: Snapshot) => {
    const rows = await readEnvironmentRows(tx, environmentId, asOf);
    if (!rows) throw new Error(`There is no environment ${environmentId}.`);
    return buildDocument(rows);
  });

export interface StoredDocument {
  item: DynamoItem;
  contents: FeatureContent[];
  bytes: number;
  /** Where in PostgreSQL's history the document was read. */
  order: string;
}

/** What readers get of the environment right now; undefined without an item. */
export async function storedDocument(
  stage: Stage,
  environmentId: number,
): Promise<StoredDocument | undefined> {
  const [environment] = await stage.db<{ apiKey: string }[]>`
    SELECT api_key AS "apiKey" FROM public.environments_environment WHERE id = ${environmentId}`;
  const item = await getItem(stage, stage.settings.tables.v1, { api_key: { S: environment?.apiKey ?? '' } });
  return (
    item && {
      item,
      contents: contentsOfItem(item),
      bytes: itemSizeBytes(item),
      order: item['document_sync']?.M?.['order']?.S ?? '',
    }
  );
}

/** The environment's item of the second table. */
export const storedV2Item = (stage: Stage, environmentId: number): Promise<DynamoItem | undefined> =>
  getItem(stage, stage.settings.tables.v2, {
    environment_id: { S: String(environmentId) },
    document_key: { S: '_META' },
  });

async function getItem({ dynamo }: Stage, table: string, key: DynamoItem): Promise<DynamoItem | undefined> {
  const { Item: item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
  );
  return item;
}

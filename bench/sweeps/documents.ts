import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { META_KEY } from '../../src/dynamo/identityOverrides.js';
import type { StoredDocument } from '../../src/dynamo/readDocument.js';
import type { LiveServers } from '../frame/liveSystem.js';

/** What both tables hold, by environment. */
export type Documents = Map<number, StoredDocument>;

/** @param organisationId of the documents wanted; all without it */
export async function readDocuments(
  { db, dynamo, tables }: LiveServers,
  organisationId?: number,
): Promise<Documents> {
  const documents: Documents = new Map();
  for (const version of ['v1', 'v2'] as const)
    for await (const item of scan(dynamo, tables[version])) {
      if (version === 'v2' && item['document_key']?.S !== META_KEY) continue;
      const id = Number(item['id']?.N);
      documents.set(id, { ...(documents.get(id) ?? { v1: undefined, v2: undefined }), [version]: item });
    }
  if (organisationId === undefined) return documents;
  const wanted = await db<{ id: number }[]>`
    SELECT environment.id FROM public.environments_environment AS environment
    JOIN public.projects_project AS project ON project.id = environment.project_id
    WHERE project.organisation_id = ${organisationId}`;
  const ids = new Set(wanted.map(({ id }) => id));
  return new Map([...documents].filter(([id]) => ids.has(id)).sort(([a], [b]) => a - b));
}

async function* scan(dynamo: DynamoDBClient, table: string): AsyncGenerator<DynamoItem> {
  let next: DynamoItem | undefined;
  do {
    const page = await dynamo.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: next }),
    );
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next);
}

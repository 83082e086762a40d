import type { Database } from '../db/connect.js';
import type { JsonObject } from '../document/attributeJson.js';
import type { DocumentOptions } from './documentLines.js';
import { type EnvironmentLook, lookAtEnvironment } from './environmentLook.js';
import { showItems } from './shownItems.js';

export interface OneDocument {
  /** The item of the table keyed by `api_key`, also where it would not be written. */
  document: JsonObject;
  /** Why a write would not put it now. */
  warnings: string[];
}

/** @throws if there is no such environment (any more), or no document can be made of its rows */
export async function oneDocument(
  db: Database,
  environmentId: number,
  options: DocumentOptions,
): Promise<OneDocument> {
  const look = await lookAtEnvironment(db, environmentId, options);
  if (!look) throw new Error(`The environment ${environmentId} was deleted: it has no document.`);
  const { v1, error } = showItems(look.rows, options);
  if (error !== null) throw new Error(`Environment ${environmentId}: ${error}`);
  return { document: v1, warnings: [...unwritten(look), ...waiting(look)] };
}

function unwritten({ rows: { environment, project }, written }: EnvironmentLook): string[] {
  if (written.v1) return [];
  const reason = project.enableDynamoDb
    ? 'ENVIRONMENTS_TABLE_NAME_DYNAMO is not set'
    : 'its project does not use DynamoDB (enable_dynamo_db)';
  return [`The document of environment ${environment.id} would not be written: ${reason}.`];
}

function waiting({ rows: { environment }, seeding }: EnvironmentLook): string[] {
  if (seeding.length === 0) return [];
  return [`The document of environment ${environment.id} would have to wait: ${seeding.join('; ')}.`];
}

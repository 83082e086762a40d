import { contentOf, isObject } from '../compare/content.js';
import { differencesOf } from '../compare/differences.js';
import type { DynamoItem } from '../document/attributeValue.js';
import { documentHash } from '../document/documentHash.js';
import { buildItems } from '../document/items.js';
import type { EnvironmentDocument } from '../document/types.js';
import { orderOf, SYNC_ATTRIBUTE } from '../dynamo/unlessNewer.js';
import type { HoldsDocument, ItemVersion } from './holdsDocument.js';
import type { DriftKind } from './verification.js';

/** How one item differs from what PostgreSQL says; none if readers find the same, whatever the form. */
export function itemDrift(
  item: DynamoItem | undefined,
  version: ItemVersion,
  document: EnvironmentDocument,
  holdsDocument: HoldsDocument,
): DriftKind[] {
  if (!item) return ['missing'];
  const drift: DriftKind[] = orderOf(item) ? [] : ['foreign'];
  if (holdsDocument(item, version)) return drift;
  const stored = contentOf(item);
  const said = contentOf(buildItems(document, { compress: false })[version]);
  if (differencesOf(stored, said).length === 0) return drift;
  return [...drift, lacksFeatures(stored.document['feature_states'], document) ? 'partial' : 'stale'];
}

/** Whether the item is not what its own hash says. One of somebody else says nothing. */
export function isAltered(item: DynamoItem | undefined): boolean {
  const hash = item?.[SYNC_ATTRIBUTE]?.M?.['hash']?.S;
  return item !== undefined && hash !== undefined && documentHash(asV1(item)) !== hash;
}

function lacksFeatures(stored: unknown, document: EnvironmentDocument): boolean {
  // A list that nobody can read lacks nothing in particular.
  if (!Array.isArray(stored)) return false;
  const featureIds = new Set(stored.map(featureIdOf));
  return document.feature_states.some(({ feature }) => !featureIds.has(feature.id));
}

const featureIdOf = (state: unknown): unknown => {
  const feature = isObject(state) ? state['feature'] : undefined;
  return isObject(feature) ? feature['id'] : undefined;
};

/** The hash is of the v1 item in either. */
function asV1(item: DynamoItem): DynamoItem {
  const { environment_id, document_key, environment_api_key, ...rest } = item;
  return environment_id && document_key && environment_api_key
    ? { ...rest, api_key: environment_api_key }
    : item;
}

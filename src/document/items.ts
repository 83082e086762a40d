import { type DynamoItem, toAttributes } from './attributeValue.js';
import { compressPart } from './compressedJson.js';
import { refuseUnreadableCompressed } from './compressedRules.js';
import { itemSizeBytes, MAX_ITEM_BYTES } from './itemSize.js';
import type { EnvironmentDocument, Integration } from './types.js';

/** One document's items for the two tables, both in the same form. */
export interface DocumentItems {
  compressed: boolean;
  /** For the table keyed by `api_key`. */
  v1: DynamoItem;
  /** For the table keyed by `environment_id` and `document_key`, whose partition also holds identity overrides. */
  v2: DynamoItem;
}

/** `auto` compresses only what would not fit otherwise. */
export type CompressionMode = 'on' | 'off' | 'auto';

/**
 * The items in the form that `mode` asks for.
 *
 * @param maxItemBytes above which `auto` compresses; less than DynamoDB's limit where attributes will be added
 * @throws {UnreadableDocumentError} see `buildItems`
 */
export function chooseForm(
  document: EnvironmentDocument,
  mode: CompressionMode,
  maxItemBytes = MAX_ITEM_BYTES,
): DocumentItems {
  const items = buildItems(document, { compress: mode === 'on' });
  if (mode !== 'auto') return items;
  const fits = [items.v1, items.v2].every((item) => itemSizeBytes(item) <= maxItemBytes);
  return fits ? items : buildItems(document, { compress: true });
}

/**
 * The document's items as Flagsmith puts them.
 *
 * @throws {UnreadableDocumentError} where readers could parse the plain form only and the compressed one is asked for
 */
export function buildItems(
  document: EnvironmentDocument,
  { compress }: { compress: boolean },
): DocumentItems {
  const v1 = compress ? compressedAttributes(document) : toAttributes(document);
  return { compressed: compress, v1, v2: asV2(v1, document) };
}

function asV2(v1: DynamoItem, document: EnvironmentDocument): DynamoItem {
  const v2: DynamoItem = {
    ...v1,
    environment_id: { S: String(document.id) },
    document_key: { S: '_META' },
    environment_api_key: { S: document.api_key },
  };
  delete v2['api_key'];
  return v2;
}

function compressedAttributes(document: EnvironmentDocument): DynamoItem {
  refuseUnreadableCompressed(document);
  const { project, feature_states, ...rest } = document;
  const item: DynamoItem = {
    ...toAttributes({
      ...rest,
      amplitude_config: withoutEntitySelector(document.amplitude_config),
      heap_config: withoutEntitySelector(document.heap_config),
      mixpanel_config: withoutEntitySelector(document.mixpanel_config),
      rudderstack_config: withoutEntitySelector(document.rudderstack_config),
      segment_config: withoutEntitySelector(document.segment_config),
    }),
    compressed: { BOOL: true },
    project: { B: compressPart(project) },
    feature_states: { B: compressPart(feature_states) },
  };
  delete item['identity_overrides'];
  return item;
}

const withoutEntitySelector = (integration: Integration | null) =>
  integration && { api_key: integration.api_key, base_url: integration.base_url };

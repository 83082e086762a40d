import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { JsonObject } from '../document/attributeJson.js';
import type { DynamoItem } from '../document/attributeValue.js';
import { compressedJson, partContent } from '../document/compressedJson.js';
import type { EnvironmentDocument } from '../document/types.js';
import { SYNC_ATTRIBUTE } from '../dynamo/unlessNewer.js';
import { META_KEY } from '../dynamo/identityOverrides.js';

export type ItemVersion = 'v1' | 'v2';

/** Whether an item holds the document, attribute by attribute; `false` may still be a difference that means nothing. */
export type HoldsDocument = (item: DynamoItem, version: ItemVersion) => boolean;

const COMPRESSED_PARTS = ['project', 'feature_states'] as const;
const WITH_ENTITY_SELECTOR = [
  ...(['amplitude_config', 'heap_config', 'mixpanel_config', 'rudderstack_config'] as const),
  'segment_config' as const,
];

/**
 * Looks through stored items beside the document, in whichever form they are. Almost every item that is verified is equal,
 * and that takes neither attributes nor gzip nor a hash to be made. The stored hash is not asked: it tells what was
 * written, and an item may have been changed since.
 */
export function documentHolder(document: EnvironmentDocument): HoldsDocument {
  const compressed = new CompressedParts(document);
  return (item, version) => {
    const isCompressed = item['compressed']?.BOOL === true;
    const expected = isCompressed
      ? compressedAttributes(document, version)
      : plainAttributes(document, version);
    const storedCount = Object.keys(item).length - (SYNC_ATTRIBUTE in item ? 1 : 0);
    const partsCount = isCompressed ? COMPRESSED_PARTS.length + 1 : 0; // and what says that they are compressed
    return (
      storedCount === Object.keys(expected).length + partsCount &&
      Object.entries(expected).every(([name, value]) => holds(item[name], value)) &&
      (!isCompressed || COMPRESSED_PARTS.every((part) => compressed.areIn(item[part], part)))
    );
  };
}

function plainAttributes(document: EnvironmentDocument, version: ItemVersion): JsonObject {
  if (version === 'v1') return { ...document };
  const { api_key, ...rest } = document;
  return {
    ...rest,
    environment_id: String(document.id),
    document_key: META_KEY,
    environment_api_key: api_key,
  };
}

function compressedAttributes(document: EnvironmentDocument, version: ItemVersion): JsonObject {
  const attributes = plainAttributes(document, version);
  delete attributes['project'];
  delete attributes['feature_states'];
  delete attributes['identity_overrides'];
  for (const name of WITH_ENTITY_SELECTOR) {
    const integration = document[name];
    attributes[name] = integration && { api_key: integration.api_key, base_url: integration.base_url };
  }
  return attributes;
}

/** What the compressed attributes of both items are to contain: made once, and the second item's bytes seldom unpacked. */
class CompressedParts {
  private readonly json = new Map<string, string>();
  private readonly held = new Map<string, Uint8Array>();

  constructor(private readonly document: EnvironmentDocument) {}

  areIn(attribute: AttributeValue | undefined, part: (typeof COMPRESSED_PARTS)[number]): boolean {
    const bytes = attribute?.B;
    if (bytes === undefined) return false;
    const held = this.held.get(part);
    if (held && Buffer.compare(held, bytes) === 0) return true;
    if (unpacked(bytes) !== this.jsonOf(part)) return false;
    this.held.set(part, bytes);
    return true;
  }

  private jsonOf(part: (typeof COMPRESSED_PARTS)[number]): string {
    const json = this.json.get(part) ?? compressedJson('', this.document[part]);
    this.json.set(part, json);
    return json;
  }
}

function unpacked(bytes: Uint8Array): string | undefined {
  try {
    return partContent(bytes);
  } catch {
    return undefined; // Damaged: it holds nothing.
  }
}

function holds(attribute: AttributeValue | undefined, value: unknown): boolean {
  if (attribute === undefined) return false;
  if (typeof value === 'string') return attribute.S === value;
  if (typeof value === 'number') return attribute.N !== undefined && Number(attribute.N) === value;
  if (typeof value === 'boolean') return attribute.BOOL === value;
  if (Array.isArray(value)) {
    const list = attribute.L;
    return list?.length === value.length && value.every((element, i) => holds(list[i], element));
  }
  if (typeof value !== 'object' || value === null) return attribute.NULL === true;
  const map = attribute.M;
  const members = Object.entries(value);
  return (
    map !== undefined &&
    Object.keys(map).length === members.length &&
    members.every(([name, member]) => holds(map[name], member))
  );
}

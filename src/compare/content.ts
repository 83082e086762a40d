import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { contentJson, type JsonObject } from '../document/attributeJson.js';
import type { DynamoItem } from '../document/attributeValue.js';

/** What an item says, whatever form it has. */
export interface Content {
  isCompressed: boolean;
  /** Without `document_sync` and `compressed`, which are about the document and not of it. */
  document: JsonObject;
}

export function contentOf(item: DynamoItem): Content {
  const document: JsonObject = {};
  for (const [name, value] of Object.entries(item)) {
    if (name !== 'document_sync' && name !== 'compressed') document[name] = attributeContent(name, value);
  }
  return { isCompressed: item['compressed']?.BOOL === true, document };
}

/**
 * Both documents in a form in which they may be compared: as they are, or, if only one is compressed, as if both were.
 * What compressing changes by itself is no difference then.
 */
export const inOneForm = (a: Content, b: Content): [JsonObject, JsonObject] =>
  a.isCompressed === b.isCompressed
    ? [a.document, b.document]
    : [asIfCompressed(a.document), asIfCompressed(b.document)];

/** Bytes that nobody can unpack, in an item of somebody else, are a difference and no fault of the comparison. */
function attributeContent(name: string, value: AttributeValue): unknown {
  try {
    return contentJson({ [name]: value })[name];
  } catch {
    return { unreadable: Buffer.from(value.B ?? []).toString('base64') };
  }
}

const isWholeNumber = (value: unknown) => Number.isInteger(value);

/** The compressed form has no list of identity overrides, no entity selectors, and whole numbers of flags as text. */
function asIfCompressed(document: JsonObject): JsonObject {
  const { identity_overrides, ...rest } = document;
  const changed = mapEntries(rest, (name, value) =>
    name.endsWith('_config') ? withoutEntitySelector(value) : withTextValues(name, value),
  );
  const isEmpty = Array.isArray(identity_overrides) && identity_overrides.length === 0;
  return identity_overrides === undefined || isEmpty ? changed : { ...changed, identity_overrides };
}

function withTextValues(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => withTextValues(name, element));
  if (isObject(value)) return mapEntries(value, withTextValues);
  return (name === 'feature_state_value' || name === 'value') && isWholeNumber(value) ? String(value) : value;
}

function withoutEntitySelector(integration: unknown): unknown {
  if (!isObject(integration) || integration['entity_selector'] !== null) return integration;
  return Object.fromEntries(Object.entries(integration).filter(([name]) => name !== 'entity_selector'));
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapEntries = (object: JsonObject, change: (name: string, value: unknown) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));

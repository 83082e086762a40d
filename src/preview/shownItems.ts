import { contentJson, type JsonObject, typedJson } from '../document/attributeJson.js';
import { buildDocument } from '../document/buildDocument.js';
import { DocumentTooLargeError, type EncodedDocument, encodeDocument } from '../document/encodeDocument.js';
import { UnreadableDocumentError } from '../document/errors.js';
import type { CompressionMode } from '../document/items.js';
import type { EnvironmentRows } from '../document/rows.js';
import { hideSecrets } from './hideSecrets.js';

export interface ShowOptions {
  /** `json`: what readers find in an item. `dynamodb`: the item itself, with the types of its values. */
  encoding: 'json' | 'dynamodb';
  compression: CompressionMode;
  /** Shows API keys and webhooks as they are; under `dynamodb` they are shown whatever this says. */
  showSecrets: boolean;
}

/** Both items of a document, or what keeps a write from making them. */
export type ShownItems =
  { v1: JsonObject; v2: JsonObject; error: null } | { v1: null; v2: null; error: string };

/** The items that a write would make of these rows, but for the attribute `document_sync`. */
export function showItems(rows: EnvironmentRows, options: ShowOptions): ShownItems {
  const document = encode(rows, options.compression);
  if (document instanceof Error) return { v1: null, v2: null, error: document.message };
  const show =
    options.encoding === 'dynamodb' ? typedJson : options.showSecrets ? contentJson : withoutSecrets;
  return { v1: show(document.v1), v2: show(document.v2), error: null };
}

/** A fault of the rows is part of the answer; any other is thrown. */
function encode(rows: EnvironmentRows, compression: CompressionMode): EncodedDocument | Error {
  try {
    return encodeDocument(buildDocument(rows), compression);
  } catch (error) {
    if (error instanceof UnreadableDocumentError || error instanceof DocumentTooLargeError) return error;
    throw error;
  }
}

const withoutSecrets = (item: EncodedDocument['v1']) => hideSecrets(contentJson(item));

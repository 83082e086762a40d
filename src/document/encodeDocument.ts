import type { DynamoItem } from './attributeValue.js';
import { documentHash } from './documentHash.js';
import { biggestParts, itemSizeBytes, MAX_ITEM_BYTES } from './itemSize.js';
import { chooseForm, type CompressionMode, type DocumentItems } from './items.js';
import type { EnvironmentDocument } from './types.js';

/** A document ready to be put, with what is told of it. */
export interface EncodedDocument extends DocumentItems {
  hash: string;
  /** Environment defaults in the document. */
  featureStatesCount: number;
  /** As DynamoDB counts, without the attribute `document_sync`. */
  v1Bytes: number;
  /** Of the larger of the two items, with room for the attribute `document_sync`. */
  largestItemBytes: number;
}

/** What the attribute `document_sync` adds to an item: its name, source, order and hash. */
const SYNC_ATTRIBUTE_BYTES = 256;
const ITEM_BYTES_FOR_DOCUMENT = MAX_ITEM_BYTES - SYNC_ATTRIBUTE_BYTES;

/** The document does not fit into an item of DynamoDB in the form that was asked for. */
export class DocumentTooLargeError extends Error {
  override name = 'DocumentTooLargeError';
  constructor(
    /** With room for the attribute `document_sync`. */
    readonly itemBytes: number,
    biggest: { attribute: string; bytes: number }[],
  ) {
    const parts = biggest.map(({ attribute, bytes }) => `${attribute} ${bytes}`).join(', ');
    super(
      `The item has ${itemBytes} bytes as DynamoDB counts; ${MAX_ITEM_BYTES} fit. Biggest parts: ${parts}. ` +
        'Archive or delete features, segments or overrides, or set DOCUMENT_COMPRESSION=on.',
    );
  }
}

/**
 * Both items of the document, in the form that `mode` asks for.
 *
 * @throws {DocumentTooLargeError} before anything is put, if either item is too large
 * @throws {UnreadableDocumentError} if readers could not parse the compressed form
 */
export function encodeDocument(document: EnvironmentDocument, mode: CompressionMode): EncodedDocument {
  const items = chooseForm(document, mode, ITEM_BYTES_FOR_DOCUMENT);
  const v1Bytes = itemSizeBytes(items.v1);
  const largestItemBytes = v1Bytes + Math.max(0, extraBytesOfV2(items)) + SYNC_ATTRIBUTE_BYTES;
  if (largestItemBytes > MAX_ITEM_BYTES)
    throw new DocumentTooLargeError(largestItemBytes, biggestParts(items.v1));
  return {
    ...items,
    v1Bytes,
    largestItemBytes,
    hash: documentHash(items.v1),
    featureStatesCount: document.feature_states.length,
  };
}

/** By how much the v2 item is larger. What both have is one and the same value, and measured once. */
const extraBytesOfV2 = ({ v1, v2 }: DocumentItems): number =>
  itemSizeBytes(notIn(v1, v2)) - itemSizeBytes(notIn(v2, v1));

const notIn = (other: DynamoItem, item: DynamoItem): DynamoItem =>
  Object.fromEntries(Object.entries(item).filter(([name, value]) => other[name] !== value));

import { documentHash } from './documentHash.js';
import { biggestParts, itemSizeBytes, MAX_ITEM_BYTES } from './itemSize.js';
import { chooseForm, type CompressionMode, type DocumentItems } from './items.js';
import type { EnvironmentDocument } from './types.js';

/** A document ready to be put, with what is told of it. */
export interface EncodedDocument extends DocumentItems {
  hash: string;
  /** Environment defaults in the document. */
  featureStatesCount: number;
  /** Of the larger of the two items, with room for the attribute `document_sync`, as DynamoDB counts. */
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
  const largestItemBytes = Math.max(itemSizeBytes(items.v1), itemSizeBytes(items.v2)) + SYNC_ATTRIBUTE_BYTES;
  if (largestItemBytes > MAX_ITEM_BYTES)
    throw new DocumentTooLargeError(largestItemBytes, biggestParts(items.v1));
  return {
    ...items,
    largestItemBytes,
    hash: documentHash(items.v1),
    featureStatesCount: document.feature_states.length,
  };
}

/**
 * A row that would make a document its readers cannot parse; the document is not written until the row is put right.
 * The message names the row and the rule, never a value or a key: it is shown and kept where those must not be.
 */
export class UnreadableDocumentError extends Error {
  override name = 'UnreadableDocumentError';

  constructor(
    readonly table: string,
    /** The row's `id`, or its `uuid` where the document holds no other name for it. */
    readonly rowId: number | string,
    /** What the row must be but is not. */
    readonly rule: string,
  ) {
    super(`${table} ${rowId}: ${rule}`);
  }
}

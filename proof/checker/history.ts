/** A state that PostgreSQL committed, as far as one environment is concerned. States are in order of their commits. */
export interface CommittedState {
  /**
   * The document's content as a comparable text (canonical JSON or hash, without `document_sync`); null: no such
   * environment, or nothing is written for it.
   */
  content: string | null;
  /** A seeding flag was up in it. */
  flagged: boolean;
  /** A creator that sets no flag was half-way in it. */
  halfMade: boolean;
  /** The environment's key then; null: it was deleted, or not there yet. */
  key: string | null;
}

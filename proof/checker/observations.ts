/** Something readable in DynamoDB under one key, in order of appearance; content null: nothing there (any more). */
export interface Observation {
  key: string;
  /** As in `CommittedState`. */
  content: string | null;
  /** Of its `document_sync`; null where there is none. */
  order: string | null;
  atMs: number;
}

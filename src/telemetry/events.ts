import type { SeedingReason } from '../workflows/contract.js';

/** Where events go: Temporal's activity logger, which adds the ids of workflow and activity, or a plain one. */
export interface EventLog {
  info(event: string, fields: object): void;
  warn(event: string, fields: object): void;
  error(event: string, fields: object): void;
}

export interface EnvironmentDocumentWritten {
  environment__id: number;
  project__id: number;
  /** Environment defaults in the document. */
  feature_states__count: number;
  /** The v1 item as DynamoDB counts it. */
  document__bytes: number;
  /** From the change to the put; null for a write that no recorded change asked for. */
  lag__ms: number | null;
  attempt: number;
}

export interface EnvironmentDocumentDeleted {
  environment__id: number;
  /** In both tables, identity overrides among them. */
  items__count: number;
}

export interface EnvironmentDocumentWriteFailed {
  environment__id: number;
  attempt: number;
  /** Class or failure type, and message; messages carry ids, never values or keys. */
  error__type: string;
  error__message: string;
}

export interface EnvironmentDocumentWrittenIncomplete {
  environment__id: number;
  reasons: SeedingReason[];
  reasons__count: number;
}

export interface EnvironmentDocumentNearlyTooLarge {
  environment__id: number;
  /** The larger item as DynamoDB counts it. */
  document__bytes: number;
  limit__bytes: number;
  biggest_parts: { attribute: string; bytes: number }[];
}

export type Events = ReturnType<typeof createEvents>;

/** One function for each moment worth knowing; `environment_document.seeding_timed_out` comes from the workflow. */
export const createEvents = (log: EventLog) => ({
  environmentDocumentWritten: (fields: EnvironmentDocumentWritten) => {
    log.info('environment_document.written', fields);
  },
  environmentDocumentWrittenIncomplete: (fields: EnvironmentDocumentWrittenIncomplete) => {
    log.warn('environment_document.written_incomplete', fields);
  },
  environmentDocumentNearlyTooLarge: (fields: EnvironmentDocumentNearlyTooLarge) => {
    log.warn('environment_document.nearly_too_large', fields);
  },
  environmentDocumentDeleted: (fields: EnvironmentDocumentDeleted) => {
    log.info('environment_document.deleted', fields);
  },
  environmentDocumentWriteFailed: (fields: EnvironmentDocumentWriteFailed) => {
    log.error('environment_document.write_failed', fields);
  },
});

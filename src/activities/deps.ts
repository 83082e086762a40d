import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Database } from '../db/connect.js';
import type { CompressionMode } from '../document/items.js';
import type { DocumentTables } from '../dynamo/documentStore.js';
import type { SeedingPolicy } from '../seeding/seedingVerdict.js';
import type { Events } from '../telemetry/events.js';
import type { Metrics } from '../telemetry/metrics.js';

/** What the activities of a sync work with. */
export interface SyncDeps {
  db: Database;
  dynamo: DynamoDBClient;
  tables: DocumentTables;
  /** From which the identities of deleted environments are deleted; undefined where that is left to Flagsmith. */
  identitiesTable: string | undefined;
  compression: CompressionMode;
  seedingPolicy: SeedingPolicy;
  metrics: Metrics;
  events: Events;
}

/** What the activities of the creation workflows work with. */
export interface CreationDeps {
  /** With the rights of the creation role. */
  db: Database;
  /** Feature states seeded by one statement. */
  chunkSize: number;
  /** Within which a pair without feature state may still get one from its creator; as by default unless given. */
  seedingPolicy?: SeedingPolicy;
}

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { deleteDocument } from '../../src/activities/deleteDocument.js';
import { currentOrder } from '../../src/db/snapshot.js';
import type { Deletion, WriteOutcome } from '../../src/workflows/contract.js';
import {
  insertAuditLog,
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import type { TestSystem } from '../support/system.js';
import { createWriter, mockActivity, type StoredItem, storedItems, type Writer } from '../support/writer.js';
import type { Cluster } from './cluster.js';

/** What readers get, and where in which history it was read. */
export interface StoredDocument {
  value: string;
  source: string;
  order: string;
}

/** Flagsmith's data on one cluster, and this product working there; the tables are those of the system. */
export class Site {
  readonly system: TestSystem;
  readonly writer: Writer;

  constructor(
    readonly cluster: Cluster,
    system: TestSystem,
  ) {
    this.system = { ...system, database: cluster.database };
    this.writer = createWriter(this.system);
  }

  /** An environment with one feature. */
  async insertEnvironment(value: string): Promise<number> {
    const { sql } = this.cluster.database;
    const projectId = await insertProject(sql);
    const environmentId = await insertEnvironment(sql, projectId);
    await insertFeatureState(sql, environmentId, await insertFeature(sql, projectId, 'banner'), value);
    return environmentId;
  }

  /** Changes the feature's value and records it as Flagsmith does; `off` is what a crash may take back. */
  async setValue(
    environmentId: number,
    value: string,
    synchronousCommit: 'on' | 'off' = 'on',
  ): Promise<void> {
    await this.cluster.database.sql.begin(async (tx) => {
      await tx`SELECT set_config('synchronous_commit', ${synchronousCommit}, true)`;
      await tx`
        UPDATE features_featurestatevalue SET string_value = ${value}
        WHERE feature_state_id IN (SELECT id FROM features_featurestate WHERE environment_id = ${environmentId})`;
      const [environment] = await tx<{ project_id: number }[]>`
        SELECT project_id FROM environments_environment WHERE id = ${environmentId}`;
      await insertAuditLog(tx, { projectId: environment!.project_id, environmentId });
    });
  }

  async deleteEnvironment(environmentId: number): Promise<void> {
    await this.cluster.database.sql`
      UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
  }

  /** Ends so many transactions, committed and rolled back, none of which waits for the disk. */
  async spendTransactions(count: number): Promise<void> {
    const session = await this.cluster.database.sql.reserve();
    try {
      await session`SET synchronous_commit = off`;
      await session.unsafe(`DO $$ BEGIN
        FOR i IN 1..${count} LOOP
          PERFORM pg_current_xact_id();
          IF i % 2 = 0 THEN COMMIT; ELSE ROLLBACK; END IF;
        END LOOP;
      END $$`);
    } finally {
      await session`RESET synchronous_commit`;
      session.release();
    }
  }

  write(environmentId: number): Promise<WriteOutcome> {
    return this.writer.write({ environmentId });
  }

  deleteDocument(environmentId: number): Promise<Deletion> {
    return mockActivity().run(() =>
      deleteDocument(this.writer.deps, { environmentId, againAfterMs: 60_000 }),
    );
  }

  async order(): Promise<Order> {
    return toOrder((await currentOrder(this.cluster.database.db)).order);
  }

  /** Resolves once the environment's document shows the value. */
  async untilStored(environmentId: number, value: string): Promise<StoredDocument> {
    for (;;) {
      const stored = await this.stored(environmentId);
      if (stored?.value === value) return stored;
      await delay(20);
    }
  }

  /** As docs/failure-modes.md says. */
  async release(environmentId: number): Promise<void> {
    const { v1 } = await storedItems(this.system, environmentId);
    const { dynamo, tables } = this.system;
    const release = (TableName: string, Key: StoredItem) =>
      dynamo.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: 'REMOVE document_sync' }));
    await release(tables.v1, { api_key: v1!['api_key']! });
    await release(tables.v2, {
      environment_id: { S: String(environmentId) },
      document_key: { S: '_META' },
    });
  }

  /** Undefined where there is none. */
  async stored(environmentId: number): Promise<StoredDocument | undefined> {
    const item = await this.storedItem(environmentId);
    if (!item) return undefined;
    const [state] = JSON.parse(gunzipSync(item['feature_states']!.B!).toString()) as {
      feature_state_value: string;
    }[];
    const { source, order } = item['document_sync']?.M ?? {};
    return { value: state!.feature_state_value, source: source?.S ?? '', order: order?.S ?? '' };
  }

  /** The first table's, once the second one's is of the same moment: a worker may be between the two puts. */
  private async storedItem(environmentId: number): Promise<StoredItem | undefined> {
    for (let look = 1; ; look++) {
      const { v1, v2 } = await storedItems(this.system, environmentId);
      if (isDeepStrictEqual(v1?.['document_sync'], v2?.['document_sync'])) {
        assert.deepEqual(v1?.['feature_states'], v2?.['feature_states']);
        return v1;
      }
      assert.ok(look < 200, 'the items of the two tables are of one moment');
      await delay(20);
    }
  }
}

/** An order and its parts. */
export interface Order {
  text: string;
  timeline: number;
  epoch: number;
  version: number;
}

export function toOrder(text: string): Order {
  const [timeline = '', epoch = '', version = ''] = text.split('.');
  return { text, timeline: parseInt(timeline, 16), epoch: Number(epoch), version: Number(version) };
}

import { setTimeout as delay } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { connectDatabase } from '../../../src/db/connect.js';
import { readEnvironmentRows } from '../../../src/db/environmentRows.js';
import { buildDocument } from '../../../src/document/buildDocument.js';
import { encodeDocument } from '../../../src/document/encodeDocument.js';
import { tablesOf } from '../../../src/dynamo/putDocument.js';
import type { Stage } from '../../stage/stage.js';
import { type Random, randomOf } from '../random.js';

/** Flagsmith's way of writing documents, for comparison. */
export interface FlagsmithWriter {
  write: (environmentId: number) => Promise<void>;
  /** Waits until all tasks there are have run. */
  untilIdle: () => Promise<void>;
  stop: () => Promise<void>;
}

const WORKERS = 8;
/** Of them, and of whoever has a document written directly: nobody waits for a connection longer than the driver does. */
const CONNECTIONS = 40;
const POLL_MS = 30;
/** Flagsmith's second between change and task, as much shorter as its creators' steps are here; audit rows come late besides. */
const SHIM_MS = 100;
/** From reading an environment to putting its document: mapping takes Flagsmith longer than it takes this writer. */
const MAPPING_MS = 60;
/** One write in five is held up on its way to DynamoDB, for this long at most: a request that is tried again, a busy worker. */
const HELD_UP_MS = 900;

type Task =
  { kind: 'write'; environmentId: number } | { kind: 'delete'; environmentId: number; apiKey: string };

/**
 * Takes each audit row, waits, reads the environment in READ COMMITTED and puts its document whatever is there: several workers, no
 * guard, no order. Deletes once. As `EVENTS.md` of Flagsmith's release 2.265.0 tells it, made of the product's own reading and
 * building, so that nothing but the algorithm differs.
 */
export function startFlagsmithWriter(stage: Stage, seed: number): FlagsmithWriter {
  const db = connectDatabase(stage.databaseUrl, {
    applicationName: 'flagsmith',
    maxConnections: CONNECTIONS,
  });
  const dynamo = new DynamoDBClient({
    endpoint: stage.recorder.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const stopping = new AbortController();
  const queue: Task[] = [];
  const random = randomOf(seed);
  let seenAuditRows: number[] = [];
  let deleted: number[] = [];
  let waiting = 0;
  let looks = 0;

  async function look(): Promise<void> {
    const rows = await stage.sql<{ id: number; environment_id: number | null; project_id: number }[]>`
      SELECT id, environment_id, project_id FROM audit_auditlog
      WHERE id <> ALL (${arrayOf(seenAuditRows)}::integer[]) AND skip_signals IS NULL
        AND related_object_type IS DISTINCT FROM 'CHANGE_REQUEST'`;
    const gone = await stage.sql<{ id: number; api_key: string }[]>`
      SELECT id, api_key FROM environments_environment WHERE deleted_at IS NOT NULL AND id <> ALL (${arrayOf(deleted)}::integer[])`;
    seenAuditRows = [...seenAuditRows, ...rows.map(({ id }) => id)];
    deleted = [...deleted, ...gone.map(({ id }) => id)];
    queue.push(
      ...gone.map(({ id, api_key: apiKey }): Task => ({ kind: 'delete', environmentId: id, apiKey })),
    );
    for (const row of rows) void later(row);
    looks++;
  }

  async function later(row: { environment_id: number | null; project_id: number }): Promise<void> {
    waiting++;
    await delay(SHIM_MS);
    const environments =
      row.environment_id === null
        ? await stage.sql<{ id: number }[]>`
            SELECT id FROM environments_environment WHERE project_id = ${row.project_id} AND deleted_at IS NULL`
        : [{ id: row.environment_id }];
    queue.push(...environments.map(({ id }): Task => ({ kind: 'write', environmentId: id })));
    waiting--;
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const task = queue.shift();
      if (!task) {
        await delay(POLL_MS);
        continue;
      }
      waiting++;
      try {
        await (task.kind === 'write' ? write(task.environmentId, random) : remove(task));
      } catch {
        // A task that fails is tried again.
        queue.push(task);
      } finally {
        waiting--;
      }
    }
  }

  async function write(environmentId: number, pace?: Random): Promise<void> {
    // Each statement of its own snapshot: READ COMMITTED.
    const rows = await db.transaction((tx) => readEnvironmentRows(tx, environmentId, now()));
    if (!rows) return;
    if (pace) await delay(pace.below(pace.chance(0.2) ? HELD_UP_MS : MAPPING_MS));
    const document = encodeDocument(buildDocument(rows), 'on');
    const { v1, v2 } = tablesOf(rows.project, stage.tables);
    if (v1 !== undefined) await dynamo.send(new PutItemCommand({ TableName: v1, Item: document.v1 }));
    if (v2 !== undefined) await dynamo.send(new PutItemCommand({ TableName: v2, Item: document.v2 }));
  }

  async function remove({ environmentId, apiKey }: Extract<Task, { kind: 'delete' }>): Promise<void> {
    const key = { environment_id: { S: String(environmentId) }, document_key: { S: '_META' } };
    await dynamo.send(new DeleteItemCommand({ TableName: stage.tables.v1, Key: { api_key: { S: apiKey } } }));
    await dynamo.send(new DeleteItemCommand({ TableName: stage.tables.v2, Key: key }));
  }

  const running = Promise.all([
    (async () => {
      while (!stopping.signal.aborted) {
        await look();
        await delay(POLL_MS);
      }
    })(),
    ...Array.from({ length: WORKERS }, work),
  ]);

  return {
    write: (environmentId) => write(environmentId),
    async untilIdle() {
      // What was committed by now is seen by the second look from now on: the first one may have begun before.
      const enough = looks + 2;
      // Without looks there would be nothing to wait for.
      while (looks < enough || waiting > 0 || queue.length > 0) await Promise.race([delay(POLL_MS), running]);
    },
    async stop() {
      stopping.abort();
      await running;
      await db.end();
      dynamo.destroy();
    },
  };
}

const arrayOf = (ids: number[]) => `{${ids.join(',')}}`;

/** UTC text, microseconds. */
const now = () => `${new Date().toISOString().replace('Z', '')}000`;

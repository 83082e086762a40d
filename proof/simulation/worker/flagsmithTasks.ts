import { type DynamoDBClient, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from '../../../src/db/connect.js';
import { readEnvironmentRows } from '../../../src/db/environmentRows.js';
import { buildDocument } from '../../../src/document/buildDocument.js';
import { buildItems } from '../../../src/document/items.js';
import { TABLES } from '../dynamo/tables.js';
import type { PostgresServer } from '../postgres/server.js';
import type { Owner, Scheduler } from '../scheduler.js';
import { utcText } from '../virtualTime.js';

export interface TaskOptions {
  db: Database;
  dynamo: DynamoDBClient;
  /** Between two looks for tasks, in milliseconds. */
  pollMs: () => number;
}

/** How much later than its audit row a task is due, so that what it is about is there. */
const DELAY_MS = 1_000;

/**
 * Flagsmith's own way, for comparison: for each change a task, a second later, that reads the environment as it is then
 * and puts the document, whatever is there. Rows of the outbox stand for its task rows.
 */
export class FlagsmithTasks {
  #isPlanned = false;

  constructor(
    private readonly owner: Owner,
    private readonly scheduler: Scheduler,
    private readonly server: PostgresServer,
    private readonly options: TaskOptions,
  ) {}

  wake(): void {
    const dueMs = Math.min(...this.server.state.outbox.map((row) => row.dueMs + DELAY_MS));
    if (this.#isPlanned || !Number.isFinite(dueMs)) return;
    this.#isPlanned = true;
    const delayMs = Math.max(0, dueMs - this.scheduler.nowMs) + this.options.pollMs();
    this.scheduler.after(delayMs, this.owner, 'takes a task', () => {
      this.#isPlanned = false;
      this.#takeTask();
      this.wake();
    });
  }

  /** Several of its workers' threads take tasks at a time. */
  #takeTask(): void {
    const { server, scheduler } = this;
    if (!server.isUp) return;
    const task = server.state.outbox.find((row) => row.dueMs + DELAY_MS <= scheduler.nowMs);
    if (!task) return;
    const taken = server.begin();
    taken.write((state) => ({ ...state, outbox: state.outbox.filter(({ id }) => id !== task.id) }));
    taken.commit();
    const environmentIds =
      task.environmentId === null ? server.state.environments.map(({ id }) => id) : [task.environmentId];
    for (const environmentId of environmentIds)
      void this.#write(environmentId).catch((error: unknown) => {
        scheduler.tell(`the task fails: ${String(error)}`);
      });
  }

  async #write(environmentId: number): Promise<void> {
    const { db, dynamo } = this.options;
    const environment = this.server.state.environments.find(({ id }) => id === environmentId);
    if (environment?.isDeleted) {
      const key = { api_key: { S: environment.apiKey } };
      await dynamo.send(new DeleteItemCommand({ TableName: TABLES.v1, Key: key }));
      return;
    }
    // In one snapshot, which is more than Flagsmith does.
    const rows = await db.transaction(
      (tx) => readEnvironmentRows(tx, environmentId, utcText(this.scheduler.nowMs)),
      'ISOLATION LEVEL REPEATABLE READ READ ONLY',
    );
    if (!rows) return;
    const { v1 } = buildItems(buildDocument(rows), { compress: false });
    await dynamo.send(new PutItemCommand({ TableName: TABLES.v1, Item: v1 }));
  }
}

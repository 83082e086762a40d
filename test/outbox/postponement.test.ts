import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import { relayBatch } from '../../src/outbox/relayBatch.js';
import { runRelay } from '../../src/outbox/relay.js';
import { type EnvironmentChange, startSync } from '../../src/outbox/startSync.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { DEFAULT_SEEDING_POLLS } from '../../src/workflows/contract.js';
import { useDatabase } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { temporalServer } from '../support/servers.js';

/** Longer than Temporal lets a workflow's id be. */
const REFUSED_INSTANCE = 'refused'.repeat(200);

describe('an outbox row that Temporal refuses', () => {
  const database = useDatabase({ template: 'migrated' });
  let client: Client;
  let projectId: number;
  let refused: number;
  let accepted: number;

  before(async function () {
    this.timeout(300_000);
    const { address } = await temporalServer();
    client = new Client({ connection: await Connection.connect({ address }) });
    projectId = await insertProject(database.sql);
    refused = await insertEnvironment(database.sql, projectId);
    accepted = await insertEnvironment(database.sql, projectId);
  });
  after(() => client.connection.close());
  beforeEach(() => database.sql`DELETE FROM document_sync.outbox`);

  const handOver = (change: EnvironmentChange) =>
    startSync(
      {
        client,
        instanceName: change.environmentId === refused ? REFUSED_INSTANCE : database.name,
        taskQueue: database.name,
        seedingPolls: DEFAULT_SEEDING_POLLS,
        registered: () => new Set(),
        deadlineMs: 5_000,
      },
      change,
    );
  const outbox = async () => [
    ...(await database.sql<{ environment_id: number; attempts: number }[]>`
      SELECT environment_id, attempts FROM document_sync.outbox`),
  ];
  const change = (environmentId: number) => insertAuditLog(database.sql, { projectId, environmentId });

  /** Has it refused once more; gives the least and the most seconds that it can have been put off by. */
  async function postponedBy(): Promise<[least: number, most: number]> {
    const now = async () => (await database.sql<{ at: Date }[]>`SELECT clock_timestamp() AS at`)[0]!.at;
    await database.sql`UPDATE document_sync.outbox SET due_at = clock_timestamp()`;
    const before = await now();
    const batch = await relayBatch({
      db: database.db,
      projectWide: false,
      batchSize: 20,
      startSync: handOver,
    });
    const after = await now();
    assert.equal(batch.postponed, 1);
    assert.match(
      JSON.stringify(batch.error, Object.getOwnPropertyNames(batch.error)),
      /length|exceed|WorkflowId/i,
    );
    const [row] = await database.sql<{ due_at: Date }[]>`SELECT due_at FROM document_sync.outbox`;
    const secondsSince = (moment: Date) => (row!.due_at.getTime() - moment.getTime()) / 1_000;
    return [secondsSince(after), secondsSince(before)];
  }

  it('is due again after 1 s, 2 s, 4 s … and never later than after a minute', async () => {
    await change(refused);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const [least, most] = await postponedBy();
      assert.ok(least <= seconds && seconds <= most, `${seconds} s, not ${least} to ${most}`);
    }
    await database.sql`UPDATE document_sync.outbox SET attempts = 100000`;
    const [least, most] = await postponedBy();
    assert.ok(least <= 60 && 60 <= most);
  });

  it('is told of by outbox.postponed, tried again by itself, and in nobody’s way', async () => {
    const postponed: { rows__count: number; level: string }[] = [];
    const logger = createLogger('debug', {
      write(line) {
        const said = JSON.parse(line) as { event: string; rows__count: number; level: string };
        if (said.event === 'outbox.postponed') postponed.push(said);
      },
    });
    const stop = new AbortController();
    await change(refused);
    await change(accepted);
    const relaying = runRelay({
      db: database.db,
      batchSize: 20,
      pollIntervalMs: 10,
      logger,
      checkTemporal: async () => {
        await client.workflowService.getSystemInfo({});
      },
      startSync: handOver,
      untilAtRest: () => Promise.resolve('ended'),
      signal: stop.signal,
    });
    try {
      let left = await outbox();
      while (left.some(({ attempts }) => attempts < 2)) left = await outbox();
      assert.deepEqual(left, [{ environment_id: refused, attempts: 2 }]);
    } finally {
      stop.abort();
      await relaying;
    }
    assert.ok(postponed.length >= 2);
    for (const { level, rows__count } of postponed) assert.deepEqual([level, rows__count], ['warning', 1]);
  });
});

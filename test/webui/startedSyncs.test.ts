import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type WorkflowHandle } from '@temporalio/client';
import {
  KEYWORD,
  readSearchAttributes,
  watchSearchAttributes,
} from '../../src/outbox/registeredSearchAttributes.js';
import { startSync } from '../../src/outbox/startSync.js';
import { DEFAULT_SEEDING_POLLS, syncWorkflowId } from '../../src/workflows/contract.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';

const MOST_EVENTS = 25;
/** Of `INDEXED_VALUE_TYPE` in Temporal's API. */
const BOOL = 5;

describe('a sync that the relay starts', () => {
  const system = useSystem();

  it('has the ids of environment, project and organisation, and at most 25 events if nothing holds it', async () => {
    const { sql } = system.database;
    const projectId = await insertProject(sql);
    const environmentId = await insertEnvironment(sql, projectId);
    await sql`DELETE FROM document_sync.outbox`; // One change, so that one round is all there is to do.
    const worker = await system.startWorker();
    await insertAuditLog(sql, { projectId, environmentId });
    const sync = system.syncOf(environmentId);
    while (!(await sync.describe().catch(() => undefined))) await delay(50);
    assert.equal((await sync.result()).outcome, 'written');
    assert.deepEqual(await attributesOf(sync), {
      DocumentSyncState: 'writing',
      FlagsmithEnvironmentId: String(environmentId),
      FlagsmithOrganisationId: '1',
      FlagsmithProjectId: String(projectId),
    });
    const { events } = await sync.fetchHistory();
    assert.ok(events!.length <= MOST_EVENTS, `${events!.length} events`);
    const started = events![0]!.workflowExecutionStartedEventAttributes;
    assert.equal(Number(started?.workflowTaskTimeout?.seconds), 5);
    worker.stop();
    await worker.finished;
  });
});

describe('startSync, where the namespace knows some of the search attributes', () => {
  const system = useSystem();
  let client: Client;

  before(async () => {
    const namespace = `some_${system.database.name}`;
    await system.client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    client = new Client({ connection: system.client.connection, namespace });
    await acceptedOnceKnown(() => register({ FlagsmithProjectId: KEYWORD, FlagsmithOrganisationId: BOOL }));
  });

  const register = (searchAttributes: Record<string, number>) =>
    client.connection.operatorService.addSearchAttributes({
      namespace: client.options.namespace,
      searchAttributes,
    });

  const start = (environmentId: number, registered: () => ReadonlySet<string>) =>
    startSync(
      {
        client,
        instanceName: 'default',
        taskQueue: 'nobodys',
        seedingPolls: DEFAULT_SEEDING_POLLS,
        registered,
        deadlineMs: 5_000,
      },
      {
        environmentId,
        projectId: 7,
        organisationId: 8,
        changedAt: '2026-01-01T00:00:00.000000',
        seedingFinished: false,
      },
    );

  it('sets those that it knows as keywords, and starts where any other would be refused', async () => {
    const registered = await watchSearchAttributes(client, client.options.namespace);
    await acceptedOnceKnown(() => start(1, registered));
    assert.deepEqual(await attributesOf(client.workflow.getHandle(syncWorkflowId('default', 1))), {
      FlagsmithProjectId: '7',
    });
    await assert.rejects(
      start(2, () => new Set(['FlagsmithEnvironmentId'])),
      ({ cause }: Error) => /FlagsmithEnvironmentId/.test((cause as Error).message),
    );
  });

  it('tells which are missing and which are of another type', async () => {
    const { missing, ofOtherType } = await readSearchAttributes(client, client.options.namespace);
    assert.deepEqual(missing, ['FlagsmithEnvironmentId', 'DocumentSyncState']);
    assert.deepEqual(ofOtherType, ['FlagsmithOrganisationId']);
  });

  it('sets one that is registered later, without a new start of the worker', async () => {
    const registered = await watchSearchAttributes(client, client.options.namespace, 100);
    assert.ok(!registered().has('FlagsmithEnvironmentId'));
    await register({ FlagsmithEnvironmentId: KEYWORD });
    while (!registered().has('FlagsmithEnvironmentId')) await delay(50);
    await acceptedOnceKnown(() => start(3, registered));
    assert.deepEqual(await attributesOf(client.workflow.getHandle(syncWorkflowId('default', 3))), {
      FlagsmithEnvironmentId: '3',
      FlagsmithProjectId: '7',
    });
  });
});

/** All parts of the server know a new namespace, and its attributes, some seconds later. */
async function acceptedOnceKnown(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      const { message, cause } = error as Error;
      if (
        !/not found|has no mapping|not defined|not valid/i.test(
          `${message} ${(cause as Error | undefined)?.message}`,
        )
      )
        throw error;
      await delay(200);
    }
  }
}

async function attributesOf(sync: WorkflowHandle): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await sync.describe();
  return Object.fromEntries(
    typedSearchAttributes
      .getAll()
      .filter(({ key }) => /^(DocumentSync|Flagsmith)/.test(key.name))
      .map(({ key, value }) => [key.name, value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

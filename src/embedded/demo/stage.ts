import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import { connectDatabase, type Database } from '../../db/connect.js';
import { migrate } from '../../db/migrate.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../workflows/searchAttributes.js';
import { createEnvironmentTables } from '../environmentTables.js';
import { type Stack, startStack } from '../stack.js';
import { Supervision } from '../supervision.js';
import type { Narrator } from './narrate.js';
import { DemoWorker } from './worker.js';
import { type WorkerSettings, workerSettings } from './workerSettings.js';

/** All that the demo plays on: the servers, a prepared database, the tables and a worker. */
export interface Stage {
  stack: Stack;
  settings: WorkerSettings;
  db: Database;
  dynamo: DynamoDBClient;
  client: Client;
  worker: DemoWorker;
  stop(): Promise<void>;
}

type Closing = (() => Promise<void> | void)[];

/** Sets everything up and says so; what was started is stopped if something fails. */
export async function setStage(narrator: Narrator, signal: AbortSignal): Promise<Stage> {
  const closing: Closing = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return { ...(await setUp(narrator, signal, closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function setUp(
  narrator: Narrator,
  signal: AbortSignal,
  closing: Closing,
): Promise<Omit<Stage, 'stop'>> {
  const stack = await startStack({
    progress: (line) => {
      narrator.aside(line);
    },
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const)),
    signal,
  });
  closing.push(() => stack.stop());
  const dynamo = new DynamoDBClient({
    endpoint: stack.dynamoEndpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  closing.push(() => {
    dynamo.destroy();
  });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  closing.push(() => connection.close());
  const supervision = await Supervision.open({ name: 'demo' });
  closing.push(() => supervision.end());
  const db = connectDatabase(stack.databaseUrl, {
    applicationName: 'demo',
    silentTransactionMs: 0, // The gate stays closed for as long as it takes.
  });
  closing.push(() => db.end());

  const settings = workerSettings(stack, supervision.folder);
  const migrations = await prepareDatabase(db, settings);
  const { v1, v2 } = settings.tables;
  await createEnvironmentTables(dynamo, { environments: v1, environmentsV2: v2 });
  signal.throwIfAborted();
  narrator.line(`PostgreSQL: an empty database; ${migrations} migrations made Flagsmith's tables and ours`);
  narrator.line(`DynamoDB: a compatible server (dynalite), with the tables ${v1} and …_v2`);
  narrator.line(`Temporal: ${stack.temporalServerSource}`);

  const worker = new DemoWorker(supervision, settings.env, narrator);
  closing.push(() => worker.stop());
  await worker.ready(signal);
  narrator.line(`        it logs to ${worker.logFiles}`);
  return { stack, settings, db, dynamo, worker, client: new Client({ connection }) };
}

async function prepareDatabase(db: Database, { instanceName }: WorkerSettings): Promise<number> {
  let applied = 0;
  const progress = () => {
    applied++;
  };
  await migrate(db, { instanceName, creationEnabled: true, baseline: true, progress });
  return applied;
}

import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { connectDatabase, type Database } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { DynamoFaultProxy } from './dynamoFaultProxy.js';
import type { Item } from './itemText.js';
import { Readable } from './readable.js';

/** Where servers listen that many places may share. */
export interface Servers {
  /** Of any database, as superuser. */
  databaseUrl: string;
  dynamoEndpoint: string;
  temporalAddress: string;
}

/** Which ways lead from workers to the servers, where it is not the straight one. */
export interface Ways {
  databaseUrl?: string;
  temporalAddress?: string;
}

/** A migrated database, tables and a task queue of its own: an installation, to be worked on by worker processes. */
export interface Place {
  name: string;
  db: Database;
  client: Client;
  /** In front of DynamoDB, for workers alone. */
  dynamoProxy: DynamoFaultProxy;
  /** All that workers have made readable. */
  readable: Readable;
  /** What a worker process is configured by. */
  env: Record<string, string>;
  /** The environment's items of this moment: by key in the first table, by id in the second. */
  read(environment: { id: number; key: string }): Promise<{ v1: Item | undefined; v2: Item | undefined }>;
  close(): Promise<void>;
}

/**
 * The net under the sources of changes is left out: each change is told of once, so that losing that is seen.
 *
 * @param name letters, digits and underscores: of the database, the tables, the instance and the task queue
 */
export async function openPlace(servers: Servers, name: string, ways: Ways = {}): Promise<Place> {
  const databaseUrl = await createDatabase(servers.databaseUrl, name);
  const db = connectDatabase(databaseUrl, { applicationName: 'proof' });
  await migrate(db, { instanceName: name, creationEnabled: true, baseline: true, withoutNet: true });
  return await openPlaceOn(servers, { name, databaseUrl, db }, ways);
}

/** The same on a database that is there and migrated; it is left there. */
export async function openPlaceOn(
  servers: Pick<Servers, 'dynamoEndpoint' | 'temporalAddress'>,
  { name, databaseUrl, db }: { name: string; databaseUrl: string; db: Database },
  ways: Ways = {},
): Promise<Place> {
  const tables = { v1: `${name}_environments`, v2: `${name}_environments_v2` };
  const dynamo = new DynamoDBClient({ ...AWS, endpoint: servers.dynamoEndpoint });
  await createEnvironmentTables(dynamo, { environments: tables.v1, environmentsV2: tables.v2 });
  const readable = new Readable(tables);
  const dynamoProxy = await DynamoFaultProxy.open(servers.dynamoEndpoint, (answered) => {
    readable.note(answered);
  });
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const get = async (TableName: string, Key: Item) =>
    (await dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  return {
    name,
    db,
    client: new Client({ connection }),
    dynamoProxy,
    readable,
    env: {
      DATABASE_URL: ways.databaseUrl ?? databaseUrl,
      INSTANCE_NAME: name,
      TEMPORAL_TASK_QUEUE: name,
      TEMPORAL_ADDRESS: ways.temporalAddress ?? servers.temporalAddress,
      ENVIRONMENTS_TABLE_NAME_DYNAMO: tables.v1,
      ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: tables.v2,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoProxy.endpoint,
      AWS_REGION: AWS.region,
      AWS_ACCESS_KEY_ID: AWS.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: AWS.credentials.secretAccessKey,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      CREATION_ENABLED: 'true',
      // So small that a seeding can be broken off between two.
      CREATION_CHUNK_SIZE: '2',
      // There are many on one machine.
      RELAY_POLL_INTERVAL_MS: '150',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
    },
    async read({ id, key }) {
      const [v1, v2] = await Promise.all([
        get(tables.v1, { api_key: { S: key } }),
        get(tables.v2, { environment_id: { S: String(id) }, document_key: { S: '_META' } }),
      ]);
      return { v1, v2 };
    },
    async close() {
      await Promise.all([db.end(), connection.close(), dynamoProxy.close()]);
      dynamo.destroy();
    },
  };
}

/** Credentials and region that the DynamoDB-compatible server takes, as it takes any. */
const AWS = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const session = new pg.Client(serverUrl);
  await session.connect();
  await session.query(`CREATE DATABASE ${name}`);
  await session.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

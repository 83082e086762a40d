import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { POSTGRES_SETTINGS } from '../../proof/stage/servers.js';
import { startDynamo } from '../../src/embedded/dynamo.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { startTemporalServer } from '../../src/embedded/temporalServer.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../src/workflows/searchAttributes.js';
import { findDynamoDBLocal, startDynamoDBLocal } from '../dynamodbLocal/server.js';

/**
 * The real servers that the tests of a process share, each started by the first test that needs it. Mocha's processes side by
 * side each have servers of their own, which end with them; a run in one process stops them after the last test.
 */
const started: { stop(): Promise<void> }[] = [];

const progress = (line: string) => {
  console.log(`    ${line}`);
};

export const postgresServer = once(() => startPostgres({ progress }));
/** Another PostgreSQL, of which each commit can be read. */
export const historyServer = once(() => startPostgres({ progress, settings: POSTGRES_SETTINGS }));
export const dynamoServer = once(async () => {
  if (!isDynamoDBLocalChosen()) return startDynamo({});
  const found = await dynamoDBLocal();
  if ('missing' in found) throw new Error(`DynamoDB Local: ${found.missing}`);
  return startDynamoDBLocal(found);
});
export const temporalServer = once(() =>
  startTemporalServer({
    progress,
    // Tests run on a server of their own, whatever the shell points to.
    env: { ...process.env, TEMPORAL_ADDRESS: undefined },
    // Not 4,096 events: a run that goes on in a new one is to be seen within seconds.
    dynamicConfig: ['limit.historyCount.suggestContinueAsNew=500'],
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const)),
  }),
);

/** Credentials and region that the DynamoDB-compatible server takes, as it takes any. */
export const dynamoSettings = async () => ({
  endpoint: (await dynamoServer()).endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

export const dynamoClient = async (): Promise<DynamoDBClient> => new DynamoDBClient(await dynamoSettings());

/** Before processes side by side look for it, so that it is fetched once. */
export async function mochaGlobalSetup(): Promise<void> {
  if (isDynamoDBLocalChosen()) await dynamoDBLocal();
}

export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    if (!isDynamoDBLocalChosen()) return;
    this.timeout(300_000);
    const found = await dynamoDBLocal();
    if (!('missing' in found)) return;
    console.log(`  skipped, as DynamoDB Local cannot be had: ${found.missing}`);
    this.skip();
  },
};

export async function mochaGlobalTeardown(): Promise<void> {
  await Promise.all(started.map((server) => server.stop()));
  // What is left open keeps the process from ending: a leak, and to be told of rather than waited for.
  setTimeout(() => {
    console.error(`Still open after the tests: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, 10_000).unref();
}

/** Amazon's own server instead of dynalite. */
function isDynamoDBLocalChosen(): boolean {
  const { DYNAMODB_SERVER: server = 'dynalite' } = process.env;
  if (server === 'dynamodb-local' || server === 'dynalite') return server === 'dynamodb-local';
  throw new Error(`DYNAMODB_SERVER is ${server}: it can be dynamodb-local or dynalite`);
}

let local: ReturnType<typeof findDynamoDBLocal> | undefined;

function dynamoDBLocal(): ReturnType<typeof findDynamoDBLocal> {
  return (local ??= findDynamoDBLocal(process.env, progress));
}

function once<S extends { stop(): Promise<void> }>(start: () => Promise<S>): () => Promise<S> {
  let server: Promise<S> | undefined;
  return () => {
    server ??= start().then((running) => {
      started.push(running);
      return running;
    });
    return server;
  };
}

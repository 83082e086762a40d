import { startDynamo } from '../../src/embedded/dynamo.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { startTemporalServer } from '../../src/embedded/temporalServer.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../src/workflows/searchAttributes.js';

/** Where the servers of a stage are; several stages may share them. */
export interface StageServers {
  /** Of a superuser, and of a PostgreSQL with {@link POSTGRES_SETTINGS}. */
  postgresUrl: string;
  dynamoEndpoint: string;
  temporalAddress: string;
}

/** What a PostgreSQL needs for its committed history to be read, and for a few hundred actors at a time. */
export const POSTGRES_SETTINGS = {
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '20',
  max_connections: '400',
};

/** Starts all three as the tests' own, for the time that `work` takes. */
export async function withServers<T>(
  progress: (line: string) => void,
  work: (servers: StageServers) => Promise<T>,
): Promise<T> {
  const servers = await startServers(progress);
  try {
    return await work(servers);
  } finally {
    await servers.stop();
  }
}

export async function startServers(
  progress: (line: string) => void,
): Promise<StageServers & { stop(): Promise<void> }> {
  const searchAttributes = Object.fromEntries(
    SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const),
  );
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const starting = [
    startPostgres({ progress, settings: POSTGRES_SETTINGS }),
    startDynamo(),
    startTemporalServer({ progress, env, searchAttributes }),
  ] as const;
  const stop = async () => {
    for (const server of await Promise.allSettled(starting))
      if (server.status === 'fulfilled') await server.value.stop();
  };
  try {
    const [postgres, dynamo, temporal] = await Promise.all(starting);
    return {
      postgresUrl: postgres.url,
      dynamoEndpoint: dynamo.endpoint,
      temporalAddress: temporal.address,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

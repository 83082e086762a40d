import { startDynamo } from '../../src/embedded/dynamo.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { startTemporalServer } from '../../src/embedded/temporalServer.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../src/workflows/searchAttributes.js';
import type { Servers } from './place.js';

/** Gives `work` servers of its own, which are gone afterwards. */
export async function withServers<T>(
  progress: (line: string) => void,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const starting = [
    startPostgres({ progress, settings: { max_connections: '1000' } }),
    startDynamo(),
    startTemporalServer({
      progress,
      env: { ...process.env, TEMPORAL_ADDRESS: undefined },
      searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const)),
    }),
  ] as const;
  try {
    const [postgres, dynamo, temporal] = await Promise.all(starting);
    return await work({
      databaseUrl: postgres.url,
      dynamoEndpoint: dynamo.endpoint,
      temporalAddress: temporal.address,
    });
  } finally {
    for (const server of await Promise.allSettled(starting))
      if (server.status === 'fulfilled') await server.value.stop();
  }
}

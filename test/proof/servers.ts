import type { Servers } from '../../proof/faults/place.js';
import { dynamoServer, postgresServer, temporalServer } from '../support/servers.js';

/** The servers that all tests share. */
export const proofServers = async (): Promise<Servers> => ({
  databaseUrl: (await postgresServer()).url,
  dynamoEndpoint: (await dynamoServer()).endpoint,
  temporalAddress: (await temporalServer()).address,
});

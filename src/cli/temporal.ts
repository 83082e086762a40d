import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { readTemporalSettings } from '../config/temporal.js';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Runs `work` with a client as Temporal's own variables say, and closes it.
 *
 * @throws what failed at the bottom of a failed workflow: "Activity task failed" helps nobody
 */
export async function withTemporal<T>(work: (client: Client, namespace: string) => Promise<T>): Promise<T> {
  const settings = readTemporalSettings();
  const { namespace } = settings;
  const connection = await connect({ ...settings.connection, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    return await work(new Client({ connection, namespace }), namespace);
  } catch (error) {
    throw error instanceof WorkflowFailedError ? rootCause(error) : error;
  } finally {
    await connection.close();
  }
}

async function connect(options: NonNullable<Parameters<typeof Connection.connect>[0]>): Promise<Connection> {
  try {
    return await Connection.connect(options);
  } catch (error) {
    const address = options.address ?? 'localhost:7233';
    throw new Error(`No Temporal server answers at ${address}: is TEMPORAL_ADDRESS right?`, { cause: error });
  }
}

function rootCause(error: Error): Error {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}

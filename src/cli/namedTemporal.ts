import { Client, Connection } from '@temporalio/client';
import { readTemporalSettings } from '../config/temporal.js';

const DEADLINE_MS = 5_000;

/** What to tell the user: what was done, and on standard error what could not be. */
export interface Told {
  lines: string[];
  warning?: string;
}

export interface NamedTemporal {
  namespace: string;
  /** In words. */
  where: string;
}

/**
 * Does something in the Temporal server that the settings name; never fails.
 *
 * @param otherwise what to tell where it could not be done, with the reason
 * @returns undefined where no server is named
 */
export async function inNamedTemporal(
  work: (client: Client, temporal: NamedTemporal) => Promise<Told>,
  otherwise: (reason: string, temporal: NamedTemporal) => Told,
): Promise<Told | undefined> {
  const { connection: connectionOptions, namespace } = readTemporalSettings();
  if (connectionOptions.address === undefined) return undefined;
  const where = `in the namespace "${namespace}" of Temporal at ${connectionOptions.address}`;
  const temporal = { namespace, where };
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: DEADLINE_MS });
    try {
      const client = new Client({ connection, namespace });
      return await client.withDeadline(Date.now() + DEADLINE_MS, () => work(client, temporal));
    } finally {
      await connection.close();
    }
  } catch (error) {
    return otherwise(error instanceof Error ? error.message : String(error), temporal);
  }
}

export function tell(told: Told | undefined): void {
  for (const line of told?.lines ?? []) console.log(line);
  if (told?.warning) console.error(`envsync: ${told.warning}`);
}

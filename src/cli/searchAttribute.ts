import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { isStateRegistered } from '../outbox/startSync.js';
import { STATE_SEARCH_ATTRIBUTE } from '../workflows/contract.js';

const DEADLINE_MS = 5_000;
/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

/**
 * Registers the search attribute that shows a sync's state, where Temporal's address is set and the namespace does not
 * know it yet. Never fails: syncs work without it.
 *
 * @returns what to tell the user; undefined where Temporal's address is not set
 */
export async function registerSearchAttribute(): Promise<{ line: string; warning?: string } | undefined> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  if (connectionOptions.address === undefined) return undefined;
  const where = `in the namespace "${namespace}" of Temporal at ${connectionOptions.address}`;
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: DEADLINE_MS });
    try {
      return { line: `${await register(connection, namespace)} ${where}.` };
    } finally {
      await connection.close();
    }
  } catch (error) {
    return {
      line: `The search attribute ${STATE_SEARCH_ATTRIBUTE} is not registered ${where}.`,
      warning:
        `${error instanceof Error ? error.message : String(error)}. Syncs work without it, but cannot be filtered by their state. ` +
        'Run migrate again, or register it by hand and start the workers anew (Temporal Cloud: in its own web UI):\n' +
        `  temporal operator search-attribute create --name ${STATE_SEARCH_ATTRIBUTE} --type Keyword --namespace ${namespace}`,
    };
  }
}

async function register(connection: Connection, namespace: string): Promise<string> {
  if (await isStateRegistered(new Client({ connection, namespace }), namespace))
    return `already there: search attribute ${STATE_SEARCH_ATTRIBUTE}`;
  await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
    connection.operatorService.addSearchAttributes({
      namespace,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that is there for development only
      searchAttributes: { [STATE_SEARCH_ATTRIBUTE]: KEYWORD },
    }),
  );
  return `registered: search attribute ${STATE_SEARCH_ATTRIBUTE}`;
}

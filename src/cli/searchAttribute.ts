import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { KEYWORD, readSearchAttributes } from '../outbox/registeredSearchAttributes.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../workflows/searchAttributes.js';

const DEADLINE_MS = 5_000;

/** What to tell the user: what was done, and on standard error what could not be. */
export interface Registration {
  lines: string[];
  warning?: string;
}

/**
 * Registers the search attributes that syncs are found by, where Temporal's address is set and the namespace does not
 * know them yet. Never fails: syncs work without them.
 *
 * @returns undefined where Temporal's address is not set
 */
export async function registerSearchAttributes(): Promise<Registration | undefined> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  if (connectionOptions.address === undefined) return undefined;
  const where = `in the namespace "${namespace}" of Temporal at ${connectionOptions.address}`;
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: DEADLINE_MS });
    try {
      return await register(connection, namespace, where);
    } finally {
      await connection.close();
    }
  } catch (error) {
    return {
      lines: [`The search attributes ${list(SEARCH_ATTRIBUTE_NAMES)} are not registered ${where}.`],
      warning:
        `${error instanceof Error ? error.message : String(error)}. Syncs work without them, but cannot be found by state, ` +
        'project or organisation. Run migrate again, or register them by hand (Temporal Cloud: in its own web UI):\n' +
        byHand(SEARCH_ATTRIBUTE_NAMES, namespace),
    };
  }
}

async function register(connection: Connection, namespace: string, where: string): Promise<Registration> {
  const client = new Client({ connection, namespace });
  const { registered, missing, ofOtherType } = await readSearchAttributes(client, namespace);
  if (missing.length > 0)
    await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      }),
    );
  return {
    lines: [
      ...(registered.length > 0 ? [`already there: search attributes ${list(registered)} ${where}.`] : []),
      ...(missing.length > 0 ? [`registered: search attributes ${list(missing)} ${where}.`] : []),
    ],
    ...(ofOtherType.length > 0 && { warning: `${tellOtherType(ofOtherType)} ${where}: not used.` }),
  };
}

/** Somebody else's attribute of that name: nothing of ours can be put into it. */
export const tellOtherType = (names: readonly string[]) => `${list(names)} is there, but is no Keyword`;

export const list = (names: readonly string[]) => names.join(', ');

const byHand = (names: readonly string[], namespace: string) =>
  names
    .map(
      (name) =>
        `  temporal operator search-attribute create --name ${name} --type Keyword --namespace ${namespace}`,
    )
    .join('\n');

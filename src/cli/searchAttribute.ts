import type { Client } from '@temporalio/client';
import { KEYWORD, readSearchAttributes } from '../outbox/registeredSearchAttributes.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../workflows/searchAttributes.js';
import { inNamedTemporal, type NamedTemporal, type Told } from './namedTemporal.js';

/**
 * Registers the search attributes that syncs are found by, where Temporal's address is set and the namespace does not
 * know them yet. Never fails: syncs work without them.
 *
 * @returns undefined where Temporal's address is not set
 */
export const registerSearchAttributes = (): Promise<Told | undefined> =>
  inNamedTemporal(register, (reason, { namespace, where }) => ({
    lines: [`The search attributes ${list(SEARCH_ATTRIBUTE_NAMES)} are not registered ${where}.`],
    warning:
      `${reason}. Syncs work without them, but cannot be found by state, ` +
      'project or organisation. Run migrate again, or register them by hand (Temporal Cloud: in its own web UI):\n' +
      byHand(SEARCH_ATTRIBUTE_NAMES, namespace),
  }));

async function register(client: Client, { namespace, where }: NamedTemporal): Promise<Told> {
  const { registered, missing, ofOtherType } = await readSearchAttributes(client, namespace);
  if (missing.length > 0)
    await client.connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
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

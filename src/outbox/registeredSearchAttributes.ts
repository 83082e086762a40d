import type { Client } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { SEARCH_ATTRIBUTE_NAMES, searchAttributes } from '../workflows/searchAttributes.js';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
export const KEYWORD = 2;

const DEADLINE_MS = 5_000;
const ASKED_AGAIN_AFTER_MS = 60_000;

/** What the namespace makes of the search attributes that syncs are found by. */
export interface SearchAttributeNames {
  registered: string[];
  missing: string[];
  /** There, but not as keywords: somebody else's. */
  ofOtherType: string[];
}

/** @throws where that cannot be asked, as of a server whose operators' questions are not for everybody */
export async function readSearchAttributes(
  { connection }: Client,
  namespace: string,
): Promise<SearchAttributeNames> {
  const { customAttributes } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  const isThere = (name: string) => name in customAttributes;
  const isKeyword = (name: string) => Number(customAttributes[name]) === KEYWORD;
  return {
    registered: SEARCH_ATTRIBUTE_NAMES.filter(isKeyword),
    missing: SEARCH_ATTRIBUTE_NAMES.filter((name) => !isThere(name)),
    ofOtherType: SEARCH_ATTRIBUTE_NAMES.filter((name) => isThere(name) && !isKeyword(name)),
  };
}

/**
 * Gives the names of those that may be set, not much older than a minute: an attribute that an operator registers, or
 * removes, needs no new start of the workers. None where that cannot be asked; syncs work without.
 */
export async function watchSearchAttributes(
  client: Client,
  namespace: string,
  askedAgainAfterMs = ASKED_AGAIN_AFTER_MS,
): Promise<() => ReadonlySet<string>> {
  let known: ReadonlySet<string> = new Set();
  let askedAtMs: number;
  const ask = async () => {
    askedAtMs = Date.now();
    try {
      known = new Set((await readSearchAttributes(client, namespace)).registered);
    } catch {
      // What was known is the best guess there is.
    }
  };
  await ask();
  return () => {
    if (Date.now() - askedAtMs >= askedAgainAfterMs) void ask();
    return known;
  };
}

/** The names of those that may be set, asked for once; none where that cannot be asked. */
export const askRegistered = (client: Client): Promise<ReadonlySet<string>> =>
  readSearchAttributes(client, client.options.namespace).then(
    ({ registered }) => new Set(registered),
    () => new Set(),
  );

/** What a workflow is about. */
export interface AttributedIds {
  environmentId?: number | null | undefined;
  projectId?: number | null | undefined;
  organisationId?: number | null | undefined;
}

/** What the workflow is found by in the list of workflows: of what is known those that may be set. */
export const idAttributes = (ids: AttributedIds, registered: ReadonlySet<string>): SearchAttributePair[] =>
  (['environmentId', 'projectId', 'organisationId'] as const).flatMap((name) => {
    const key = searchAttributes[name];
    return ids[name] != null && registered.has(key.name) ? [{ key, value: String(ids[name]) }] : [];
  });

import type { DynamoItem } from '../document/attributeValue.js';
import { segmentsFor } from '../dynamo/scanStamps.js';
import type { VerifyDeps } from './deps.js';
import { type Orphan, scanOrphans } from './scanOrphans.js';
import { countDrift } from './verdict.js';
import type { EnvironmentVerification } from './verification.js';
import { verifyLeftBehind } from './verifyLeftBehind.js';

export interface OrphansInput {
  table: 'v1' | 'v2';
  /** What part of the table: unlike the key that a page ends with, it may be kept in a history. */
  segment: { index: number; of: number };
  repair: boolean;
}

/** What a segment came to: ids and counts only. */
export interface OrphansVerification {
  scannedCount: number;
  /** Items of another installation, which are left alone. */
  othersCount: number;
  /** Of the environments whose items nobody has a use for. */
  environments: EnvironmentVerification[];
}

/** Items that DynamoDB looks at for one page. */
const PAGE_SIZE = 500;

/**
 * Finds the items in one segment of a table that no environment has a use for, and deletes them if asked to. Called in an
 * activity; a segment may be verified again from its beginning.
 *
 * @param onPage is awaited after each page with what DynamoDB charged for it: to wait as a rate asks for, and to heartbeat
 */
export async function verifyOrphans(
  deps: VerifyDeps,
  input: OrphansInput,
  onPage: (page: { readUnits: number }) => Promise<void>,
  signal: AbortSignal,
): Promise<OrphansVerification> {
  const { table, segment } = input;
  const result: OrphansVerification = { scannedCount: 0, othersCount: 0, environments: [] };
  let startKey: DynamoItem | undefined;
  do {
    const page = await scanOrphans(deps, { table, segment, startKey, limit: PAGE_SIZE }, signal);
    for (const orphan of page.orphans) {
      const verification = await verifyOrphan(deps, orphan, input, signal);
      if (verification.outcome !== 'current') result.environments.push(verification);
    }
    result.scannedCount += page.scannedCount;
    result.othersCount += page.othersCount;
    startKey = page.next;
    await onPage(page);
  } while (startKey);
  return result;
}

async function verifyOrphan(
  deps: VerifyDeps,
  { environmentId, apiKey }: Orphan,
  { table, repair }: OrphansInput,
  signal: AbortSignal,
): Promise<EnvironmentVerification> {
  const input = { environmentId, repair, foundKeys: [apiKey], foundIn: table };
  return countDrift(deps.metrics, { environmentId, ...(await verifyLeftBehind(deps, input, signal)) });
}

/** In how many segments to look through a table, for about so many items each. */
export const orphanSegments = async (
  deps: VerifyDeps,
  table: 'v1' | 'v2',
  itemsPerSegment: number,
  signal: AbortSignal,
): Promise<number> => {
  const name = deps.tables[table];
  return name === undefined ? 0 : await segmentsFor(deps.dynamo, name, itemsPerSegment, signal);
};

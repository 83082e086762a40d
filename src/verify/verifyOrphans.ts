import { attemptDeadline } from '../activities/deadline.js';
import type { DynamoItem } from '../document/attributeValue.js';
import { segmentsFor } from '../dynamo/scanStamps.js';
import type { VerifyDeps } from './deps.js';
import { type Orphan, type OrphanPage, type OrphanScan, scanOrphans } from './scanOrphans.js';
import type { EnvironmentVerification } from './verification.js';
import { verifyLeftBehind } from './verifyLeftBehind.js';
import { verifyPatiently } from './verifyPatiently.js';

/** Items that DynamoDB looks at for one page. */
const PAGE_SIZE = 500;

/** A segment of a table, page by page: items that no environment has a use for. Called in an activity. */
export async function* orphanPages(
  deps: VerifyDeps,
  { table, segment }: Pick<OrphanScan, 'table' | 'segment'>,
): AsyncGenerator<OrphanPage> {
  let startKey: DynamoItem | undefined;
  do {
    const scan = { table, ...(segment && { segment }), startKey, limit: PAGE_SIZE };
    const page = await scanOrphans(deps, scan, attemptDeadline().signal);
    yield page;
    startKey = page.next;
  } while (startKey);
}

/** The verdict on an item that was found so, which is deleted if asked to; `current` where it is an orphan no more. */
export function verifyOrphan(
  deps: VerifyDeps,
  { environmentId, apiKey }: Orphan,
  { table, repair = false }: { table: 'v1' | 'v2'; repair?: boolean },
): Promise<EnvironmentVerification> {
  return verifyPatiently(deps, { environmentId, repair }, async (signal) => {
    const input = { environmentId, repair, foundKeys: [apiKey], foundIn: table };
    return { environmentId, ...(await verifyLeftBehind(deps, input, signal)) };
  });
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

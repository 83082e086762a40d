import type { SyncDeps } from '../activities/deps.js';
import { type ReadForWrite, readSeveralForWrite } from '../activities/readForWrite.js';

/** As many as are read in one snapshot. */
export const ENVIRONMENTS_TOGETHER = 25;

/** Until when a read may be written: an attempt to write is to end soon after its snapshot. */
const FRESH_FOR_MS = 5_000;

export interface ReadEnvironment {
  environmentId: number;
  /** Undefined where it is to be read by itself: that was not possible together, or is too long ago by now. */
  freshRead: () => ReadForWrite | undefined;
}

/** Reads environments for writing, many in each snapshot, and the next ones while those are being written. */
export async function* readTogether(
  deps: SyncDeps,
  environmentIds: number[],
): AsyncGenerator<ReadEnvironment> {
  const read = (start: number) => readSome(deps, environmentIds.slice(start, start + ENVIRONMENTS_TOGETHER));
  let next = read(0);
  try {
    for (let start = ENVIRONMENTS_TOGETHER; ; start += ENVIRONMENTS_TOGETHER) {
      const some = await next;
      if (some.length === 0) return;
      next = read(start);
      yield* some;
    }
  } finally {
    await next;
  }
}

async function readSome(deps: SyncDeps, environmentIds: number[]): Promise<ReadEnvironment[]> {
  const inputs = environmentIds.map((environmentId) => ({ environmentId }));
  // What cannot be read for one of them is found out, and told, when each is read by itself.
  const reads = inputs.length === 0 ? [] : await readSeveralForWrite(deps, inputs).catch(() => []);
  return inputs.map(({ environmentId }, i) => ({
    environmentId,
    freshRead: () => {
      const found = reads[i];
      return found && performance.now() - found.atMs < FRESH_FOR_MS ? found : undefined;
    },
  }));
}

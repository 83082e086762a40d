import { totalmem } from 'node:os';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** What a worker has to make do with. */
export interface MemoryGiven {
  totalBytes: number;
  /** What the container may take; 0, or more than there is, where nothing bounds it. */
  containerBytes: number;
  /** The limit of this isolate's heap. */
  heapLimitBytes: number;
  /** Node.js' own options, of the command line and of `NODE_OPTIONS`. */
  nodeOptions: string[];
}

export interface MemoryPlan {
  maxCachedWorkflows: number;
  /** What V8 is to be told; what Node.js' own options say already is left out. */
  v8Flags: string[];
}

const MIB = 2 ** 20;
/** Where nothing bounds a worker V8 would take 4 GiB for each isolate, and collect accordingly late. */
const UNBOUNDED_MIB = 512;
/** The rest is for the main isolate, whose limit Node.js derives from the container's itself, and for what is no heap of V8. */
const SHARE_OF_WORKFLOWS = 1 / 4;
const LEAST_HEAP_MIB = 64;
const MOST_HEAP_MIB = 1_024;
const CACHED_WORKFLOWS_PER_MIB = 2;
/** The new space is two or three of these, and is hardly ever given back. */
const SEMI_SPACE_MIB = 8;
/** How much a heap grows over what survived a collection until the next one. V8 itself lets it grow to several times as much. */
const GROWING_PERCENT = 50;

const OLD_SPACE_OPTION = /^--max[-_](old[-_]space|heap)[-_]size/;
const SEMI_SPACE_OPTION = /^--max[-_]semi[-_]space[-_]size/;
const GROWING_OPTION = /^--heap[-_]growing[-_]percent/;

/** The workflow cache, and the heap that holds it, by the memory that the worker may use; an operator's own options go first. */
export function planMemory(given: MemoryGiven): MemoryPlan {
  const heapMiB = workflowHeapMiB(usableMiB(given));
  const says = (option: RegExp) => given.nodeOptions.some((text) => option.test(text));
  const ownHeap = says(OLD_SPACE_OPTION);
  const cachingMiB = ownHeap ? Math.min(heapMiB, given.heapLimitBytes / MIB) : heapMiB;
  return {
    maxCachedWorkflows: Math.max(2, Math.floor(cachingMiB * CACHED_WORKFLOWS_PER_MIB)),
    v8Flags: [
      ...(ownHeap ? [] : [`--max-old-space-size=${heapMiB}`]),
      ...(says(SEMI_SPACE_OPTION) ? [] : [`--max-semi-space-size=${SEMI_SPACE_MIB}`]),
      ...(says(GROWING_OPTION) ? [] : [`--heap-growing-percent=${GROWING_PERCENT}`]),
    ],
  };
}

const workflowHeapMiB = (usable: number): number =>
  Math.round(Math.min(Math.max(usable * SHARE_OF_WORKFLOWS, LEAST_HEAP_MIB), MOST_HEAP_MIB));

/** Without a limit Node.js says 0, or more than any machine has, by its version. */
function usableMiB({ totalBytes, containerBytes }: MemoryGiven): number {
  const bounded = containerBytes > 0 && containerBytes < totalBytes;
  return bounded ? containerBytes / MIB : Math.min(totalBytes / MIB, UNBOUNDED_MIB);
}

/** What this process has. */
export const givenMemory = (): MemoryGiven => ({
  totalBytes: totalmem(),
  containerBytes: process.constrainedMemory(),
  heapLimitBytes: getHeapStatistics().heap_size_limit,
  nodeOptions: [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)],
});

/**
 * Bounds the heaps of this process. The limits are those of threads made from now on, as Temporal's worker makes one for workflows
 * and gives it none; the main isolate's was fixed when the process started. How far a heap grows counts for all of them at once.
 */
export function boundHeaps({ v8Flags }: MemoryPlan): void {
  for (const flag of v8Flags) setFlagsFromString(flag);
}

import type { OrphanSegmentInput, OrphansProgress, TableSegments } from './verifyContract.js';

/** The search for orphans goes through the first table, then the second, segment by segment. */
export const beginOrphans = (segments: TableSegments): OrphansProgress => ({
  segments,
  segmentsDone: 0,
  scannedCount: 0,
  othersCount: 0,
  outcomes: {},
});

export const hasSegmentsLeft = ({ segments, segmentsDone }: OrphansProgress): boolean =>
  segmentsDone < segments.v1 + segments.v2;

export const nextSegmentOf = ({
  segments: { v1, v2 },
  segmentsDone,
}: OrphansProgress): Pick<OrphanSegmentInput, 'table' | 'segment'> =>
  segmentsDone < v1
    ? { table: 'v1', segment: { index: segmentsDone, of: v1 } }
    : { table: 'v2', segment: { index: segmentsDone - v1, of: v2 } };

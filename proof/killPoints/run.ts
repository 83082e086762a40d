import { loadavg } from 'node:os';
import type { BenchResult } from '../../bench/frame/bench.js';
import { brokenOffLimit, inFull, inShort } from '../brokenOff.js';
import { isClean, sumFindings } from '../checker/findings.js';
import type { Servers } from '../faults/place.js';
import { type Death, Lane } from './lane.js';
import type { KillPoint } from './points.js';
import { randomFrom } from './random.js';

export interface KillPointsRun {
  points: KillPoint[];
  /** Deaths at each point. */
  repeats: number;
  seed: number;
  /** Installations side by side: while one waits for a time-out, another one's worker starts. */
  lanes: number;
  progress: (line: string) => void;
}

/** The longest time-out of an activity's attempt: start-to-close, and between two heartbeats. */
export const LONGEST_TIMEOUT_MS = 10_000;
const ALLOWED_MS = LONGEST_TIMEOUT_MS + 5_000;

/** Has workers die at each point so often, and judges what readers got meanwhile and in the end. */
export async function runKillPoints(servers: Servers, run: KillPointsRun): Promise<Death[]> {
  const { points, repeats, seed, progress } = run;
  const random = randomFrom(seed);
  const left = random.shuffled(
    points.flatMap((point) =>
      Array.from({ length: repeats }, () => ({ point, passing: 1 + random.below(point.passings) })),
    ),
  );
  const all = left.length;
  const deaths: Death[] = [];
  let opened = 0;
  const work = async () => {
    let lane: Lane | undefined;
    const close = async () => {
      await lane?.close().catch((error: unknown) => {
        progress(`not closed: ${inFull(error)}`);
      });
      lane = undefined;
    };
    for (let next = left.pop(); next; next = left.pop()) {
      const { point, passing } = next;
      try {
        lane ??= await Lane.open(servers, `kill_points_${seed}_${++opened}`);
        deaths.push(await lane.die(point, passing));
      } catch (error) {
        deaths.push(brokenOff(point, error));
        progress(`${point.name}: failed: ${inFull(error)}`);
        await close();
      }
      if (deaths.length % 50 === 0) progress(`${deaths.length} of ${all}`);
    }
    await close();
  };
  await Promise.all(Array.from({ length: Math.min(run.lanes, all) }, work));
  return deaths;
}

const brokenOff = (point: KillPoint, error: unknown): Death => ({
  ...{ point, reached: false, convergedMs: undefined, witnesses: [], findings: [] },
  failed: inShort(error),
});

export function reportOf(
  deaths: Death[],
  { points, repeats, seed, lanes }: KillPointsRun,
  tookMs: number,
): BenchResult {
  const failed = deaths.filter((death) => death.failed !== undefined);
  const rows = points.map((point) => {
    const ofPoint = deaths.filter((death) => death.point === point && death.failed === undefined);
    const findings = sumFindings(ofPoint.flatMap((death) => death.findings));
    const reached = ofPoint.filter((death) => death.reached).length;
    const never = ofPoint.filter(({ convergedMs }) => convergedMs === undefined).length;
    const slowestMs = Math.max(0, ...ofPoint.map(({ convergedMs }) => convergedMs ?? Infinity));
    return {
      ...{ point, reached, slowestMs },
      failed: failed.filter((death) => death.point === point).length,
      missed: ofPoint.length - reached,
      lost: Math.max(findings.lost, never),
      partial: findings.partial + findings.unknown,
      stale: findings.stale + findings.orderFell + findings.resurrected,
    };
  });
  const total = (count: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + count(row), 0);
  const slowestMs = Math.max(...rows.map((row) => row.slowestMs));
  return {
    settings: {
      ...{ points: points.length, 'repeats of each': repeats, seed, 'installations side by side': lanes },
      minutes: (tookMs / 60_000).toFixed(1),
      'load of the machine in the last 15 minutes': (loadavg()[2] ?? 0).toFixed(1),
    },
    tables: [
      {
        title: 'Workers killed at named points, and what the next one made of it',
        columns: ['point', 'repeats', 'failed', 'reached', 'lost', 'partial', 'stale', 'slowest s'],
        rows: rows.map(({ point, failed, reached, lost, partial, stale, slowestMs }) => [
          ...[point.name, repeats, failed, reached, lost, partial, stale],
          (slowestMs / 1_000).toFixed(1),
        ]),
        notes: [
          'Slowest: from the death until every document was as it ought to be.',
          'Stale: an earlier document after a later one, or one that came back after its deletion.',
          ...deaths
            .flatMap(({ point, findings }) => findings.map((found) => ({ point, found })))
            .filter(({ found }) => !isClean(found))
            .flatMap(({ point, found }) => found.details.map((detail) => `${point.name}: ${detail}`)),
          ...failed.map(({ point, failed: why }) => `${point.name}: failed: ${why}`),
        ],
      },
    ],
    limits: [
      brokenOffLimit('deaths', failed.length),
      {
        what: 'points that a worker did not come by',
        measured: total((row) => row.missed),
        atMost: 0,
        unit: 'times',
      },
      { what: 'lost', measured: total((row) => row.lost), atMost: 0, unit: 'documents' },
      { what: 'partial', measured: total((row) => row.partial), atMost: 0, unit: 'documents' },
      { what: 'stale', measured: total((row) => row.stale), atMost: 0, unit: 'documents' },
      {
        what: 'slowest convergence, at most the longest time-out of an activity (10 s) and 5 s',
        ...{ measured: slowestMs / 1_000, atMost: ALLOWED_MS / 1_000, unit: 's' },
      },
    ],
  };
}

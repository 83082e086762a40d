import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchResult } from '../../bench/frame/bench.js';
import { quantile } from '../../bench/frame/samples.js';
import { startCreateEnvironment } from '../../src/creation/startCreation.js';
import { brokenOffLimit, inFull, inShort } from '../brokenOff.js';
import { type Findings, isClean, sumFindings } from '../checker/findings.js';
import { deleteEnvironment, insertShop, recordChange, setValues } from './flagsmith.js';
import { Installation } from './installation.js';
import type { FaultKind } from './kinds.js';
import type { Place } from './place.js';
import { convergence, Witness } from './witness.js';
import type { Preload } from './workerProcess.js';

export interface FaultsRun {
  kinds: FaultKind[];
  repeats: number;
  seed: number;
  /** How long each lasts. */
  outageMs: number;
  progress: (line: string) => void;
}

/** What one fault came to. */
export interface Incident {
  kind: FaultKind;
  /** Of each environment from the healing on; undefined where a document was not as it ought to be after a while. */
  convergedMs: (number | undefined)[];
  findings: Findings[];
  /** Why it broke off, if it did. */
  failed?: string;
}

const PATIENCE_MS = 60_000;
const CONVERGED_WITHIN_MS = 10_000;
const CHANGED_ENVIRONMENTS = 3;
const CHANGES_EVERY_MS = 250;

const CLOCK: Preload = new URL('./clock.mjs', import.meta.url);

/** Breaks something so often, each time with changes, a creation and a deletion under way, and judges what readers got. */
export async function runFaults(run: FaultsRun): Promise<Incident[]> {
  const incidents: Incident[] = [];
  let installation: Installation | undefined;
  let number = 0;
  const close = async () => {
    await installation?.close().catch((error: unknown) => {
      run.progress(`not closed: ${inFull(error)}`);
    });
    installation = undefined;
  };
  for (let repeat = 0; repeat < run.repeats; repeat++)
    for (const kind of run.kinds) {
      try {
        installation ??= await Installation.open(`faults_${run.seed}_${++number}`, [CLOCK]);
        const incident = await happen(installation, kind, run.outageMs);
        incidents.push(incident);
        run.progress(`${kind.name}: converged after ${(slowestMs(incident) / 1_000).toFixed(1)} s`);
        if (wentWell(incident)) continue;
      } catch (error) {
        incidents.push({ kind, convergedMs: [], findings: [], failed: inShort(error) });
        run.progress(`${kind.name}: failed: ${inFull(error)}`);
      }
      // What went wrong here is not to be on the next one's account.
      await close();
    }
  await close();
  return incidents;
}

const slowestMs = ({ convergedMs }: Incident): number => Math.max(...convergedMs.map((ms) => ms ?? Infinity));

const wentWell = (incident: Incident): boolean =>
  slowestMs(incident) < Infinity && isClean(sumFindings(incident.findings));

/** Lets the fault happen in the middle of everything, heals it, and sees how it comes out. */
export async function happen(
  installation: Installation,
  kind: FaultKind,
  outageMs: number,
  patienceMs = PATIENCE_MS,
): Promise<Incident> {
  const { place } = installation;
  const scene = await prepare(installation);
  const healedAt = await breakAndHeal(installation, kind, scene, outageMs);
  const witnesses = await scene.witnesses(patienceMs);
  const convergedMs = await Promise.all(
    witnesses.map(async (witness) => {
      const tookMs = await installation.insist(() => convergence([witness], patienceMs));
      return tookMs === undefined ? undefined : performance.now() - healedAt;
    }),
  );
  if (witnesses.length <= CHANGED_ENVIRONMENTS + 1) convergedMs.push(undefined); // the creation did not end
  await delay(SETTLED_AFTER_MS);
  const findings = await Promise.all(witnesses.map((witness) => installation.insist(() => witness.judge())));
  await installation.insist(() => place.db`DELETE FROM document_sync.retired_key`);
  return { kind, convergedMs, findings };
}

/** Resolves once the last change is made, with the moment of the healing on the clock of `performance.now()`. */
async function breakAndHeal(
  installation: Installation,
  kind: FaultKind,
  scene: Awaited<ReturnType<typeof prepare>>,
  outageMs: number,
): Promise<number> {
  const stop = new AbortController();
  const changing = scene.changeUntil(stop.signal);
  changing.catch(() => undefined); // told when it is awaited, unless something else goes wrong before
  try {
    if (kind.withoutDatabase) {
      await delay(2 * CHANGES_EVERY_MS);
      stop.abort();
      await changing;
    }
    const heal = await kind.breaks(installation, scene);
    try {
      await scene.createAndDelete(kind.withoutDatabase === undefined);
      await delay(outageMs);
    } finally {
      await heal();
    }
    const healedAt = performance.now();
    if (kind.withoutDatabase) {
      await scene.createAndDelete(true);
      await scene.change();
    }
    stop.abort();
    await changing;
    return healedAt;
  } finally {
    stop.abort();
  }
}

/** What was still under way when the last document was as it ought to be. */
const SETTLED_AFTER_MS = 500;

async function prepare(installation: Installation) {
  const { place } = installation;
  const insist = <T>(work: () => Promise<T>) => installation.insist(work);
  const shop = await insertShop(place.db, { environments: CHANGED_ENVIRONMENTS + 1, features: 3 });
  const all = shop.environmentIds.map((id) => new Witness(place, id, place.db));
  for (const witness of all) {
    await witness.note();
    await recordChange(place.db, witness.environmentId);
  }
  if ((await convergence(all, PATIENCE_MS)) === undefined)
    throw new Error('The first documents did not come.');
  const deleted = all.at(-1);
  const changed = all.slice(0, -1);
  if (!deleted) throw new Error('There is no environment.');
  let value = 0;
  let known: Witness | undefined;

  async function changeOnce(): Promise<void> {
    value++;
    for (const witness of changed) {
      await insist(() => setValues(place.db, witness.environmentId, `value ${value}`));
      await insist(() => witness.note());
    }
  }

  return {
    environmentIds: changed.map(({ environmentId }) => environmentId),
    change: changeOnce,
    async settled(): Promise<void> {
      const isEmpty = () =>
        insist(async () => (await place.db`SELECT FROM document_sync.outbox LIMIT 1`).length === 0);
      if ((await insist(() => convergence(all, PATIENCE_MS))) === undefined)
        throw new Error('The changes did not arrive.');
      while (!(await isEmpty())) await delay(50);
    },
    async changeUntil(stop: AbortSignal): Promise<void> {
      while (!stop.aborted) {
        await changeOnce();
        await delay(CHANGES_EVERY_MS);
      }
    },
    /** Each once; Temporal may be away now: then the creation begins when it is back. */
    async createAndDelete(now: boolean): Promise<void> {
      if (!now) return;
      await insist(() => deleteEnvironment(place.db, deleted.environmentId));
      await insist(() => deleted.note());
      insist(() =>
        place.client.withDeadline(Date.now() + 2_000, () =>
          startCreateEnvironment(
            { client: place.client, instanceName: place.name, taskQueue: place.name },
            { projectId: shop.projectId, name: 'Created' },
            String(shop.projectId),
          ),
        ),
      ).catch(() => undefined); // told by the environment that does not come
    },
    /** Once the created environment is complete, or the patience is at its end. */
    async witnesses(patienceMs: number): Promise<Witness[]> {
      const endsAt = performance.now() + patienceMs;
      while (performance.now() < endsAt) {
        const created = await insist(() => findCreated(place, shop.projectId));
        known ??= created;
        const witness = known;
        if (witness && !(await insist(() => witness.note())).flagged) return [...all, witness];
        await delay(50);
      }
      return all;
    },
  };
}

async function findCreated(place: Place, projectId: number): Promise<Witness | undefined> {
  const [row] = await place.db<{ id: number }[]>`
    SELECT id FROM environments_environment WHERE project_id = ${projectId} AND name = 'Created'`;
  return row && new Witness(place, row.id, place.db);
}

const NOTICED_LATE =
  'A connection whose other end is gone without a word is noticed only by whoever asks: the one to Temporal by keepalive after 30 s and ' +
  '15 s more, which its SDK sets for workers; those to PostgreSQL by a statement that is not answered for 7 s. A worker ' +
  'that was frozen goes on with what timed out meanwhile.';

export function reportOf(
  incidents: Incident[],
  { kinds, repeats, seed, outageMs }: FaultsRun,
  tookMs: number,
): BenchResult {
  const rows = kinds.map((kind) => {
    const ofKind = incidents.filter((incident) => incident.kind === kind);
    const findings = sumFindings(ofKind.flatMap((incident) => incident.findings));
    const convergedMs = ofKind.flatMap((incident) => incident.convergedMs);
    const samples = convergedMs.map((ms) => ms ?? Infinity);
    return {
      kind,
      lost: Math.max(findings.lost, convergedMs.filter((ms) => ms === undefined).length),
      partial: findings.partial + findings.unknown,
      stale: findings.stale + findings.orderFell + findings.resurrected,
      details: findings.details,
      failures: ofKind.flatMap(({ failed }) => (failed === undefined ? [] : [failed])),
      p50: samples.length === 0 ? undefined : quantile(samples, 0.5),
      p99: samples.length === 0 ? undefined : quantile(samples, 0.99),
    };
  });
  const total = (count: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + count(row), 0);
  const seconds = (ms: number | undefined) => (ms === undefined ? '–' : (ms / 1_000).toFixed(1));
  return {
    settings: {
      ...{ kinds: kinds.length, 'repeats of each': repeats, seed },
      'seconds that each lasts': seconds(outageMs),
      minutes: (tookMs / 60_000).toFixed(1),
      'load of the machine in the last 15 minutes': (loadavg()[2] ?? 0).toFixed(1),
    },
    tables: [
      {
        title: 'Faults of servers, networks and clocks in the middle of changes, a creation and a deletion',
        columns: ['fault', 'repeats', 'failed', 'lost', 'partial', 'stale', 'p50 s', 'p99 s'],
        rows: rows.map(({ kind, failures, lost, partial, stale, p50, p99 }) => [
          ...[kind.name, repeats, failures.length, lost, partial, stale],
          ...[seconds(p50), seconds(p99)],
        ]),
        notes: [
          'p50, p99: of environments, from the healing until the document was as it ought to be.',
          'Stale: an earlier document after a later one, or one that came back after its deletion.',
          ...rows.flatMap(({ kind, details }) => details.map((detail) => `${kind.name}: ${detail}`)),
          ...rows.flatMap(({ kind, failures }) => failures.map((why) => `${kind.name}: failed: ${why}`)),
        ],
      },
    ],
    limits: [
      brokenOffLimit(
        'faults',
        total((row) => row.failures.length),
      ),
      { what: 'lost', measured: total((row) => row.lost), atMost: 0, unit: 'documents' },
      { what: 'partial', measured: total((row) => row.partial), atMost: 0, unit: 'documents' },
      { what: 'stale', measured: total((row) => row.stale), atMost: 0, unit: 'documents' },
      {
        what: 'slowest p99 of convergence after the healing',
        measured: Math.max(...rows.map(({ p99 }) => p99 ?? 0)) / 1_000,
        ...{ atMost: CONVERGED_WITHIN_MS / 1_000, unit: 's', whyNot: NOTICED_LATE },
      },
    ],
  };
}

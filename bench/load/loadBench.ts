import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { maxConnections } from '../../src/worker.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { copyRows } from '../frame/copyRows.js';
import { runScript } from '../frame/database.js';
import { type LiveServers, withLiveServers } from '../frame/liveSystem.js';
import { kill, startWorkerProcess } from '../frame/workerProcess.js';
import { changeAll, ordersOfAll } from '../sweeps/changeAll.js';
import { BIG_ORGANISATION, describeData, generateEnvironments } from '../sweeps/environments.js';
import { residentMiB } from './memory.js';

const ENVIRONMENTS = 1_000;
/** Each changes every environment once: 10,000 syncs. */
const WAVES = 10;
/** Of the environments, so many have a change scheduled in the future: their syncs stay open. */
const WAITING = 0.5;
const MOST_MIB = 400;
const MOST_GROWTH = 1.05;

export const loadBench: Bench = {
  name: 'load',
  summary: 'memory and connections of a worker through 10,000 syncs, half of which stay open',
  run: (context) => {
    const count = context.environments ?? ENVIRONMENTS;
    return withLiveServers(
      context.progress,
      (url) => generateEnvironments(url, count),
      (servers) => measure(servers, count, context),
    );
  },
};

/** How the worker stands after a wave. */
interface Wave {
  seconds: number;
  /** The highest while it was worked on. */
  peakMiB: number;
  /** At its end. */
  restMiB: number;
  connections: number;
  openSyncs: number;
}

async function measure(servers: LiveServers, count: number, context: BenchContext): Promise<BenchResult> {
  await scheduleChanges(servers, Math.round(count * WAITING));
  const worker = await startWorkerProcess(servers);
  try {
    const waves: Wave[] = [];
    for (let wave = 1; wave <= (context.rounds ?? WAVES); wave++) {
      waves.push(await runWave(servers, worker, count));
      context.progress(`wave ${wave}: ${describe(waves.at(-1))}`);
    }
    return toResult(servers, count, waves);
  } finally {
    await kill(worker);
  }
}

const describe = (wave: Wave | undefined) =>
  wave === undefined ? '' : `${wave.seconds.toFixed(1)} s, ${wave.peakMiB.toFixed(0)} MiB at most`;

/** A state of the first feature of each of so many environments goes live in a year. */
async function scheduleChanges({ databaseUrl, db }: LiveServers, environments: number): Promise<void> {
  const scheduled = {
    id: 'source.id + 1000000000',
    uuid: 'gen_random_uuid()',
    version: '2',
    live_from: IN_A_YEAR,
  };
  await runScript(
    databaseUrl,
    copyRows(
      'features_featurestate',
      scheduled,
      `source.id IN (
        SELECT DISTINCT ON (environment_id) id FROM public.features_featurestate
        WHERE environment_id IN (
          SELECT environment.id FROM public.environments_environment AS environment
          JOIN public.projects_project AS project ON project.id = environment.project_id
          WHERE project.organisation_id = ${BIG_ORGANISATION} ORDER BY environment.id LIMIT ${environments}
        )
        ORDER BY environment_id, id
      )`,
    ),
  );
  await db`DELETE FROM document_sync.outbox`;
}

const IN_A_YEAR = "now() + interval '1 year'";

async function runWave(servers: LiveServers, { pid }: ChildProcess, count: number): Promise<Wave> {
  assert.ok(pid !== undefined);
  const before = await ordersOfAll(servers);
  const startedAt = performance.now();
  let peakMiB = 0;
  const watching = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(pid));
  }, 200);
  await changeAll(servers);
  await untilAllWritten(servers, before, count);
  const seconds = (performance.now() - startedAt) / 1_000;
  await delay(2_000);
  clearInterval(watching);
  return {
    seconds,
    peakMiB,
    restMiB: residentMiB(pid),
    connections: await connectionsOf(servers),
    openSyncs: (await servers.client.workflow.count('ExecutionStatus = "Running"')).count,
  };
}

async function untilAllWritten(
  servers: LiveServers,
  before: Map<number, string>,
  count: number,
): Promise<void> {
  const giveUpAt = performance.now() + 300_000;
  for (;;) {
    const after = await ordersOfAll(servers);
    const written = [...after].filter(([id, order]) => order > (before.get(id) ?? '')).length;
    if (written === count) return;
    assert.ok(performance.now() < giveUpAt, `only ${written} of ${count} documents were written`);
    await delay(1_000);
  }
}

async function connectionsOf({ db }: LiveServers): Promise<number> {
  const [row] = await db<{ connections: number }[]>`
    SELECT count(*)::integer AS connections FROM pg_stat_activity
    WHERE application_name = 'environment-document-sync'`;
  return row?.connections ?? 0;
}

function toResult({ config }: LiveServers, count: number, waves: Wave[]): BenchResult {
  const quarter = Math.ceil(waves.length / 4);
  const peakOf = (some: Wave[]) => Math.max(...some.map(({ peakMiB }) => peakMiB));
  const last = waves.slice(-quarter);
  const beforeLast = waves.slice(-2 * quarter, -quarter);
  return {
    settings: {
      ...describeData(count),
      'changes scheduled': `in ${WAITING * 100} % of the environments, a year ahead`,
      waves: waves.length,
    },
    tables: [
      {
        title: 'A change of every environment, wave after wave',
        columns: ['wave', 's', 'peak MiB', 'MiB at its end', 'connections to PostgreSQL', 'open syncs'],
        rows: waves.map(({ seconds, peakMiB, restMiB, connections, openSyncs }, i) => [
          i + 1,
          seconds.toFixed(1),
          peakMiB.toFixed(0),
          restMiB.toFixed(0),
          connections,
          openSyncs,
        ]),
        notes: [
          'Resident memory of the worker, built and in a process of its own, with the variables of the image and the default workflow cache.',
        ],
      },
    ],
    limits: [
      { what: 'resident memory of the worker', measured: peakOf(waves), atMost: MOST_MIB, unit: 'MiB' },
      {
        what: 'its peak in the last quarter of the waves, over the quarter before',
        measured: peakOf(last) / peakOf(beforeLast),
        atMost: MOST_GROWTH,
      },
      {
        what: 'connections to PostgreSQL after the last wave',
        measured: waves.at(-1)?.connections ?? NaN,
        atMost: maxConnections(config),
        unit: 'connections',
      },
    ],
  };
}

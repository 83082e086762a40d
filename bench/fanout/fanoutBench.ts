import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { generateEnvironment, sizeOf } from '../document/generatedEnvironment.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { p50AndP99 } from '../frame/cells.js';
import { changeToDocument, firstDocument, insertAuditRow, orderOf, quietly } from '../frame/changes.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { describeRounds, interleave, quantile, type Rounds, type Samples } from '../frame/samples.js';
import { BIG_PROJECT, bigProjectEnvironments, copyGeneratedProject, OTHER } from './environments.js';

const FEATURES = 20;
const QUIET_ROUNDS = 100;
const FANOUTS = 10;
/** Measured in docs/decisions/0019-changes-of-projects-at-a-pace.md. */
const WHY_NOT =
  "A sync takes about 45 ms of processor, half of it in Temporal's dev server, and all servers share the machine's cores: one sync of the " +
  'project under way beside a single change already costs that change 1.4 × at the median and 1.5 × at p99.';
const MOST_OVER_QUIET = 2;

export const fanoutBench: Bench = {
  name: 'fanout',
  summary: 'a change of a project of 178 environments, and how long another organisation waits meanwhile',
  run: (context) =>
    withLiveSystem(
      context.progress,
      async (url) => {
        await generateEnvironment(url, sizeOf(FEATURES));
        await copyGeneratedProject(url);
      },
      (system) => measure(system, context),
    ),
};

interface Fanout {
  /** From the commit to the last of the documents. */
  lastDocumentMs: number;
  /** Of the other organisation, meanwhile. */
  otherMs: number[];
}

async function measure(system: LiveSystem, { rounds, progress }: BenchContext): Promise<BenchResult> {
  await firstDocument(system, OTHER);
  progress('first documents of the project');
  await fanOut(system);
  const quiet = quietly(rounds ?? QUIET_ROUNDS);
  progress(`${quiet.rounds} single changes`);
  const { single } = await interleave({ single: () => changeToDocument(system, OTHER) }, quiet);
  const fanouts: Fanout[] = [];
  for (let fanout = 1; fanout <= FANOUTS; fanout++) {
    progress(`change ${fanout} of ${FANOUTS} of the project`);
    await delay(1_000);
    fanouts.push(await fanOut(system));
  }
  return toResult(quiet, single, fanouts);
}

async function fanOut(system: LiveSystem): Promise<Fanout> {
  const writesBefore = await system.writes();
  const before = await ordersOfAll(system);
  const startedAt = performance.now();
  await insertAuditRow(system, { projectId: BIG_PROJECT, id: null });
  const otherMs: number[] = [];
  while ((await system.writes()) - writesBefore - otherMs.length < bigProjectEnvironments.length)
    otherMs.push(await changeToDocument(system, OTHER));
  const lastDocumentMs = performance.now() - startedAt;
  const after = await ordersOfAll(system);
  assert.ok(after.every((order, i) => order !== undefined && order !== before[i]));
  return { lastDocumentMs, otherMs };
}

const ordersOfAll = (system: LiveSystem): Promise<(string | undefined)[]> =>
  Promise.all(bigProjectEnvironments.map((environment) => orderOf(system, environment)));

function toResult(rounds: Rounds, quiet: Samples, fanouts: Fanout[]): BenchResult {
  const meanwhile = fanouts.flatMap(({ otherMs }) => otherMs);
  const lasts = fanouts.map(({ lastDocumentMs }) => lastDocumentMs);
  const row = (what: string, samples: Samples) => [what, samples.length, ...p50AndP99(samples)];
  return {
    settings: {
      environments: bigProjectEnvironments.length,
      'features of each': FEATURES,
      'single changes': describeRounds(rounds),
    },
    tables: [
      {
        title: 'From a commit to the document, a project of many environments beside another organisation',
        columns: ['ms', 'times', 'p50', 'p99'],
        rows: [
          row('the other organisation, quiet', quiet),
          row('the other organisation, meanwhile', meanwhile),
          row('the last document of the project', lasts),
        ],
        notes: ['Servers, worker and reader share the machine.'],
      },
    ],
    limits: [
      {
        what: 'p99 of the other organisation meanwhile, over its quiet p99',
        measured: quantile(meanwhile, 0.99) / quantile(quiet, 0.99),
        atMost: MOST_OVER_QUIET,
        whyNot: WHY_NOT,
      },
    ],
  };
}

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { GENERATED, generateEnvironment, USUAL } from '../document/generatedEnvironment.js';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { changeToDocument, firstDocument, quietly, readDocument } from '../frame/changes.js';
import { type LiveSystem, withLiveSystem } from '../frame/liveSystem.js';
import { describeRounds, interleave, quantile, type Rounds } from '../frame/samples.js';

const QUIET_ROUNDS = 60;
const BURSTS = 5;
const CHANGES = 1_000;
const WITHIN_MS = 1_000;
const MOST_WRITES = 50;
const MOST_OVER_QUIET = 2;

export const burstBench: Bench = {
  name: 'burst',
  summary:
    '1,000 changes of one environment in a second: few writes, and the last state soon after the last commit',
  run: (context) =>
    withLiveSystem(
      context.progress,
      (url) => generateEnvironment(url, USUAL),
      (system) => measure(system, context),
    ),
};

interface Burst {
  committedInMs: number;
  writes: number;
  /** From the last commit to the document that has it. */
  lastStateMs: number;
}

async function measure(system: LiveSystem, { rounds, progress }: BenchContext): Promise<BenchResult> {
  const quiet = quietly(rounds ?? QUIET_ROUNDS);
  await firstDocument(system, GENERATED);
  progress(`${quiet.rounds} single changes`);
  const { single } = await interleave({ single: () => changeToDocument(system, GENERATED) }, quiet);
  const bursts: Burst[] = [];
  for (let burst = 1; burst <= BURSTS; burst++) {
    progress(`burst ${burst} of ${BURSTS}`);
    await delay(1_000);
    bursts.push(await measureBurst(system, burst));
  }
  return toResult(quiet, quantile(single, 0.99), bursts);
}

/** Each change renames the environment and records it; the document has to end with the last name. */
async function measureBurst(system: LiveSystem, burst: number): Promise<Burst> {
  const writesBefore = await system.writes();
  const startedAt = performance.now();
  for (let change = 1; change <= CHANGES; change++) {
    await renameAndRecord(system, `${burst}.${change}`);
    const ahead = (change * WITHIN_MS) / CHANGES - (performance.now() - startedAt);
    if (ahead > 5) await delay(ahead);
  }
  const committedAt = performance.now();
  while ((await readDocument(system, GENERATED))['name']?.S !== `${burst}.${CHANGES}`) await delay(2);
  const lastStateMs = performance.now() - committedAt;
  await delay(1_000);
  const writes = (await system.writes()) - writesBefore;
  assert.ok(writes >= 1);
  return { committedInMs: committedAt - startedAt, writes, lastStateMs };
}

/** One statement, so that a second is enough for a thousand of them. */
const renameAndRecord = ({ db }: LiveSystem, name: string) => db`
  WITH renamed AS (
    UPDATE public.environments_environment SET name = ${name} WHERE id = ${GENERATED.id} RETURNING id, project_id
  )
  INSERT INTO public.audit_auditlog
    (created_date, log, project_id, environment_id, related_object_type, is_system_event)
  SELECT now(), 'changed', project_id, id, 'ENVIRONMENT', false FROM renamed`;

function toResult(quiet: Rounds, quietP99: number, bursts: Burst[]): BenchResult {
  const worst = (figure: (burst: Burst) => number) => Math.max(...bursts.map(figure));
  return {
    settings: {
      features: USUAL.features,
      'single changes': describeRounds(quiet),
      bursts: BURSTS,
    },
    tables: [
      {
        title: `${CHANGES} changes of one environment, one commit after the other`,
        columns: ['burst', 'committed in ms', 'writes', 'last state after ms'],
        rows: bursts.map(({ committedInMs, writes, lastStateMs }, i) => [
          i + 1,
          committedInMs.toFixed(0),
          writes,
          lastStateMs.toFixed(1),
        ]),
        notes: [
          `p99 of a single change: ${quietP99.toFixed(1)} ms. A change is an UPDATE and its audit row.`,
        ],
      },
    ],
    limits: [
      {
        what: 'writes for a burst',
        measured: worst(({ writes }) => writes),
        atMost: MOST_WRITES,
        unit: 'writes',
      },
      {
        what: 'last state after the last commit, over the p99 of a single change',
        measured: worst(({ lastStateMs }) => lastStateMs) / quietP99,
        atMost: MOST_OVER_QUIET,
      },
    ],
  };
}

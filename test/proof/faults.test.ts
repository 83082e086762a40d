import assert from 'node:assert/strict';
import { once } from 'node:events';
import { isClean, sumFindings } from '../../proof/checker/findings.js';
import { Installation } from '../../proof/faults/installation.js';
import { FAULT_KINDS } from '../../proof/faults/kinds.js';
import { happen, reportOf, runFaults } from '../../proof/faults/run.js';
import { ensureBuilt, WorkerProcess } from '../../proof/faults/workerProcess.js';

const OUTAGE_MS = 1_000;
const REUSED_IDS = 'database: killed, and transaction ids used a second time';
/** One of each upstream, and of the worker; all the others by `npm run faults`. */
const SAMPLE = [
  REUSED_IDS,
  'dynamo: throttles the table',
  'temporal: refuses connections',
  'worker: clock days ahead',
];

const kindOf = (name: string) => {
  const kind = FAULT_KINDS.find((kind) => kind.name === name);
  assert.ok(kind, name);
  return kind;
};

describe('faults', function () {
  this.timeout(300_000);
  before(ensureBuilt);

  it('are of at least 12 kinds, each with a name of its own', () => {
    const names = new Set(FAULT_KINDS.map(({ name }) => name));
    assert.ok(names.size >= 12);
    assert.equal(names.size, FAULT_KINDS.length);
  });

  it(`let nothing be lost, partial or stale: ${SAMPLE.length} of them`, async () => {
    const run = {
      ...{ kinds: SAMPLE.map(kindOf), repeats: 1, seed: 1, outageMs: OUTAGE_MS },
      progress: () => undefined,
    };
    const incidents = await runFaults(run);
    assert.deepEqual(
      incidents.map(({ kind, convergedMs, findings }) => ({
        ...{ kind: kind.name, converged: convergedMs.map((ms) => ms !== undefined) },
        details: findings.flatMap(({ details }) => details),
      })),
      // Three that are changed, one that is deleted and one that is created.
      SAMPLE.map((kind) => ({ kind, converged: Array<boolean>(5).fill(true), details: [] })),
    );
    assert.equal(reportOf(incidents, run, 1_000).tables[0]?.rows.length, SAMPLE.length);
  });

  it('show what is lost where the order has no epoch, and a crash has transaction ids used again', async () => {
    const installation = await Installation.open('faults_without_epoch', [
      new URL('../../proof/faults/substitutes/withoutEpoch.mjs', import.meta.url),
    ]);
    try {
      const incident = await happen(installation, kindOf(REUSED_IDS), OUTAGE_MS, 5_000);
      const findings = sumFindings(incident.findings);
      assert.ok(!isClean(findings));
      assert.ok(findings.lost + findings.stale > 0, findings.details.join('\n'));
    } finally {
      await installation.close();
    }
  });
});

describe('a worker process with a clock that can be wrong', () => {
  before(ensureBuilt);

  it('tells another time, by as much as it was told', async () => {
    const worker = await WorkerProcess.load({}, [new URL('../../proof/faults/clock.mjs', import.meta.url)]);
    try {
      await worker.setClock(86_400_000);
      const before = Date.now();
      worker.child.send({ tellTime: true });
      const [told] = (await once(worker.child, 'message')) as [{ now: number; date: string }];
      const after = Date.now();
      for (const time of [told.now, Date.parse(told.date)].map((time) => time - 86_400_000))
        assert.ok(before <= time && time <= after, `${time}`);
    } finally {
      await worker.kill();
    }
  });
});

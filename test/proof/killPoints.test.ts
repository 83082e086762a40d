import assert from 'node:assert/strict';
import { isClean, sumFindings } from '../../proof/checker/findings.js';
import { ensureBuilt } from '../../proof/faults/workerProcess.js';
import { Lane } from '../../proof/killPoints/lane.js';
import { KILL_POINTS } from '../../proof/killPoints/points.js';
import { reportOf, runKillPoints } from '../../proof/killPoints/run.js';
import { proofServers } from './servers.js';

/** Those of one moment each, of all that a worker does; all the others by `npm run kill-points`. */
const SAMPLE = [
  ...['change: after signal', 'change: after put.v1', 'recovered: after epoch.commit'],
  ...['deletion: after delete.v1', 'createEnvironment: after insertStates'],
];

describe('kill points', function () {
  this.timeout(300_000);
  before(ensureBuilt);

  it('are at least 30, each with a name of its own', () => {
    const names = new Set(KILL_POINTS.map(({ name }) => name));
    assert.ok(names.size >= 30);
    assert.equal(names.size, KILL_POINTS.length);
  });

  it(`let nothing be lost, partial or stale: ${SAMPLE.length} of them`, async () => {
    const points = KILL_POINTS.filter(({ name }) => SAMPLE.includes(name));
    assert.equal(points.length, SAMPLE.length);
    const run = { points, repeats: 1, seed: 1, lanes: 2, progress: () => undefined };
    const deaths = await runKillPoints(await proofServers(), run);
    assert.deepEqual(
      deaths.map(({ point, reached, convergedMs, witnesses, findings }) => ({
        ...{ point: point.name, reached, converged: convergedMs !== undefined, seen: witnesses.length > 0 },
        details: findings.flatMap(({ details }) => details),
      })),
      deaths.map(({ point }) => ({
        ...{ point: point.name, reached: true, converged: true, seen: true, details: [] },
      })),
    );
    const { tables } = reportOf(deaths, run, 1_000);
    assert.equal(tables[0]?.rows.length, SAMPLE.length);
  });

  it('show what is lost where a relay deletes changes before it tells Temporal', async () => {
    const lane = await Lane.open(await proofServers(), 'kill_points_deleting_first', {
      substitutes: [new URL('../../proof/faults/substitutes/deletingFirst.mjs', import.meta.url)],
      patienceMs: 3_000,
    });
    const point = KILL_POINTS.find(({ name }) => name === 'change: before signal');
    assert.ok(point);
    const death = await lane.die(point, 1).finally(() => lane.close());
    assert.equal(death.reached, true);
    assert.equal(death.convergedMs, undefined);
    const findings = sumFindings(death.findings);
    assert.ok(!isClean(findings));
    assert.equal(findings.lost, 2, findings.details.join('\n'));
  });
});

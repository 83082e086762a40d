import assert from 'node:assert/strict';
import { isClean } from '../../proof/checker/findings.js';
import { type Interleaved, interleaveOn, SOONER } from '../../proof/interleavings/product.js';
import { complaint } from '../../proof/interleavings/runs.js';
import { useStage } from './useStage.js';

const RUNS = 200;
const SEED = 301;

describe(`${RUNS} interleavings on real servers (npm run interleave -- --runs ${RUNS} --seed ${SEED})`, function () {
  this.timeout(600_000);
  // Beside all other tests it takes longer, so that looks as frequent as in the command would cost more than what happens.
  const stage = useStage({
    settings: { ...SOONER, RELAY_POLL_INTERVAL_MS: '200' },
    readIntervalMs: 1_000,
  });
  let interleaved: Interleaved;

  before(async () => {
    interleaved = await interleaveOn(stage, { runs: RUNS, seed: SEED, atATime: 30 });
  });

  it('show no document that is partial, stale, lost or resurrected', () => {
    assert.equal(interleaved.done, RUNS, complaint(interleaved));
    assert.ok(isClean(interleaved.findings), complaint(interleaved));
  });

  it('are on record without a gap', () => {
    assert.ok(interleaved.readings > RUNS);
    assert.deepEqual(interleaved.contradictions, []);
  });

  it('came through each of the situations that they are about', () => {
    const { situations, seedingWaits } = interleaved;
    const {
      slowCommits,
      rollbacks,
      deletions,
      rekeys,
      flaggedStates,
      halfMadeStates,
      creations,
      puts,
      deletes,
    } = situations;
    const counted = { slowCommits, rollbacks, deletions, rekeys, flaggedStates, halfMadeStates, creations };
    for (const [what, count] of Object.entries({ ...counted, puts, deletes, seedingWaits }))
      assert.ok(count !== undefined && count > 0, `${what}: ${count}`);
  });
});

import assert from 'node:assert/strict';
import { useDatabase } from '../support/database.js';
import { chosenRun, compareDocuments } from './documentProperty.js';
import { prepareTables } from './insertRows.js';
import { SITUATIONS } from './situations.js';

const ONE_HOUR_MS = 3_600_000;

describe('the documents of ten thousand generated projects', function () {
  this.timeout(ONE_HOUR_MS);
  // Two halves at once, each in a database of its own: their rows have the same ids.
  const halves = [useDatabase({ template: 'baseline' }), useDatabase({ template: 'baseline' })];
  before(() => Promise.all(halves.map(({ sql }) => prepareTables(sql))));

  const run = chosenRun({
    seed: Math.floor(Math.random() * 2 ** 31),
    runs: 10_000,
    timeLimitMs: ONE_HOUR_MS - 60_000,
  });
  const { seed, runs } = run;
  it(`are those of the reference (PROPERTY_SEED=${seed}, ${runs} projects)`, async () => {
    const seen = await Promise.all(
      halves.map((database, i) =>
        compareDocuments(database, { ...run, seed: seed + i, runs: Math.ceil(runs / halves.length) }),
      ),
    );
    for (const situation of Object.keys(SITUATIONS)) {
      const times = seen.reduce((sum, half) => sum + (half.get(situation) ?? 0), 0);
      console.log(`      ${String(times).padStart(6)} ${situation}`);
      assert.ok(times > 0, `no environment with ${situation}`);
    }
  });
});

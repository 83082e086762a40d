import assert from 'node:assert/strict';
import { useDatabase } from '../support/database.js';
import { chosenRun, compareDocuments } from './documentProperty.js';
import { prepareTables } from './insertRows.js';
import { SITUATIONS } from './situations.js';

describe('the documents of generated projects', function () {
  // Passing takes seconds; a failure is shrunk before it is told.
  this.timeout(150_000);
  const database = useDatabase({ template: 'baseline' });
  before(() => prepareTables(database.sql));

  // The same projects each time: `npm run test:properties` looks for new ones.
  const run = chosenRun({ seed: 2_265_045, runs: 250, timeLimitMs: 120_000 });
  it(`are those of the reference, in every situation (PROPERTY_SEED=${run.seed}, ${run.runs} projects)`, async () => {
    const seen = await compareDocuments(database, run);
    assert.deepEqual(
      Object.keys(SITUATIONS).filter((situation) => !seen.has(situation)),
      [],
    );
  });
});

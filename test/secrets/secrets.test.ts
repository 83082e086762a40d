import assert from 'node:assert/strict';
import * as workflows from '../../src/workflows/index.js';
import { doEverything, INITIAL_VALUES, syncAll } from './everything.js';
import { leaksInto } from './leaks.js';
import { type Run, useRun } from './run.js';

describe('Keys, addresses and values', () => {
  describe('of a project with all integrations, of which everything is done that workflows do', () => {
    const run = useRun('g_integrations', doEverything);
    itKeepsSecrets(run);

    it('are looked for in workflows of every type', () => {
      const types = new Set(run.events.map(({ workflowType }) => workflowType));
      assert.deepEqual([...types].sort(), Object.keys(workflows).sort());
    });

    it('are in a history only as what createFeature is told to seed with, in its own input and in those of two activities', () => {
      const places = run.events
        .filter(({ texts }) => leaksInto(texts, run.secrets).length > 0)
        .map(({ workflowType, event }) => `${workflowType}: ${event}`);
      assert.deepEqual([...new Set(places)].sort(), [
        'createFeature: ACTIVITY_TASK_SCHEDULED insertFeature',
        'createFeature: ACTIVITY_TASK_SCHEDULED insertMultivariateOptions',
        'createFeature: WORKFLOW_EXECUTION_STARTED',
      ]);
    });
  });

  for (const scenario of ['h_flags_everything', 'b_multivariate', 'c_segments', 'd_identity_overrides'])
    describe(`of the environments of scenario ${scenario}, which are synced`, () => {
      itKeepsSecrets(useRun(scenario, syncAll));
    });
});

function itKeepsSecrets(run: Run): void {
  it('are many, and none is one that could occur by chance', () => {
    assert.ok(run.secrets.size > 10);
    assert.deepEqual(
      [...run.secrets].filter(([secret]) => secret.length < 8).map(([, from]) => from),
      [],
    );
  });

  it('are in no event of a history, but for initial values', () => {
    assert.ok(run.events.length > 20);
    const secrets = new Map(run.secrets);
    for (const value of INITIAL_VALUES) secrets.delete(value);
    const leaks = run.events.flatMap(({ workflowType, event, texts }) =>
      leaksInto(texts, secrets).map((from) => `${workflowType}, ${event}: ${from}`),
    );
    assert.deepEqual(leaks, []);
  });

  it('are on no page of a workflow', () => {
    assert.ok(run.pages.length > 0);
    assert.deepEqual(leaksInto(run.pages, run.secrets), []);
  });

  it('are in no line that a worker logs at the level debug', () => {
    assert.match(run.printed, /"level":"debug"/);
    assert.deepEqual(leaksInto([run.printed], run.secrets), []);
  });

  it('are in no metric', () => {
    assert.match(run.metrics, /^flagsmith_environment_document_writes_total\{result="success"\} [1-9]/m);
    assert.deepEqual(leaksInto([run.metrics], run.secrets), []);
  });
}

import assert from 'node:assert/strict';
import { readAlerts } from './alerts.js';
import { readDashboard, readQueries } from './dashboard.js';
import { type DemoRun, startDemo } from './demoRun.js';
import { exportedMetrics } from './exported.js';
import { findPrometheus } from './prometheusTool.js';
import { type PrometheusServer, startPrometheus } from './prometheusServer.js';
import { referencesIn } from './promql.js';
import { sdkKnows } from './sdkMetrics.js';

/** Prometheus adds them to whatever it scrapes. */
const TARGET_LABELS = ['job', 'instance'];
/** Of what has no series before it happens first. */
const LABELS_OF_LATER_SERIES = new Map([
  ['flagsmith_environment_document_size_ratio', ['environment_id']],
  ['temporal_workflow_task_execution_failed', ['workflow_type', 'failure_reason']],
  ['temporal_activity_execution_failed', ['activity_type']],
]);

describe('The dashboard', () => {
  const { panels, schemaVersion } = readDashboard();
  const queries = readQueries();

  it('is of a form that Grafana reads, with something to see in each panel', () => {
    assert.ok(schemaVersion >= 39);
    for (const { title, type, description, targets = [] } of panels) {
      assert.ok(title);
      if (type === 'row') continue;
      assert.ok(targets.length > 0, `"${title}" has no query`);
      assert.match(description ?? '', /\.$/, `"${title}" says nothing of itself`);
    }
  });

  it('has rows for syncs, documents, outbox, sweeps, worker and process', () => {
    assert.deepEqual(
      panels.filter(({ type }) => type === 'row').map(({ title }) => title),
      ['Syncs', 'Documents', 'Outbox', 'Sweeps and drift', 'Temporal worker', 'Process'],
    );
  });

  it('has no two panels in the same place', () => {
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    assert.equal(new Set(places).size, places.length);
  });

  describe('on what a worker exports after a run of the demo', function () {
    this.timeout(300_000);
    let demo: DemoRun;
    let prometheus: PrometheusServer | undefined;
    let missing = '';
    /** Unix time, in seconds. All queries are of this moment, however long they take one after the other. */
    let playedAt: number;
    let exported: Map<string, Set<string>>;

    before(async function () {
      this.timeout(0); // Servers may have to be fetched, or even built.
      const found = await findPrometheus();
      demo = await startDemo();
      if ('command' in found) prometheus = await startPrometheus(found.command, demo.workerAddress);
      else missing = found.missing;
      await demo.play();
      playedAt = Date.now() / 1_000;
      await prometheus?.scrapedAfter(playedAt);
      exported = exportedMetrics(await (await fetch(`http://${demo.workerAddress}/metrics`)).text());
    });

    after(async () => {
      await prometheus?.stop();
      await demo.stop();
    });

    const expressions = [
      ...queries,
      ...readAlerts().map(({ alert, expr }) => ({ name: `alert ${alert}`, expr })),
    ];
    for (const { name, expr } of expressions)
      it(`names only what is exported: ${name}`, async () => {
        const { selectors, groupings } = referencesIn(expr);
        assert.ok(selectors.length > 0);
        const known = new Set(TARGET_LABELS);
        for (const { metric, labels } of selectors) {
          const ofMetric = await labelsOf(metric);
          for (const label of ofMetric) known.add(label);
          for (const label of labels)
            assert.ok(
              ofMetric.has(label) || TARGET_LABELS.includes(label),
              `${metric} has no label "${label}"`,
            );
        }
        for (const label of groupings) assert.ok(known.has(label), `nothing in it has a label "${label}"`);
      });

    describe('evaluated by Prometheus', () => {
      before(function () {
        if (prometheus) return;
        console.log(`      not evaluated: ${missing}`);
        this.skip();
      });

      for (const { name, expr } of queries)
        it(`returns data: ${name}`, async () => {
          const values = (await prometheus?.query(expr, playedAt)) ?? [];
          assert.ok(values.some(Number.isFinite), `no data, but ${JSON.stringify(values)}`);
        });
    });

    async function labelsOf(metric: string): Promise<Set<string>> {
      const now = exported.get(metric);
      const later = LABELS_OF_LATER_SERIES.get(metric) ?? [];
      assert.ok(now ?? (await sdkKnows(metric, later)), `${metric} is not exported`);
      return new Set([...(now ?? []), ...later]);
    }
  });
});

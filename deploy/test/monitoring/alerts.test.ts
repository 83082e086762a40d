import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ALERTS_FILE, CASES_FILE, readAlerts, readCases } from './alerts.js';
import { findPromtool } from './prometheusTool.js';

const RUNBOOKS = 'docs/runbooks.md';

describe('The alerts', () => {
  const alerts = readAlerts();
  const cases = readCases();
  const runbooks = headingsOf(RUNBOOKS);

  it('have a name each', () => {
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  });

  for (const { alert, labels, annotations, ...rule } of alerts) {
    it(`say of ${alert} how long, how bad, what to do, and where to read on`, () => {
      assert.match(rule.for, /^\d+[smh]$/);
      assert.match(labels.severity, /^(critical|warning|info)$/);
      assert.match(annotations.summary, /\.$/);
      assert.match(annotations.description, /\.$/);
      assert.equal(annotations.runbook_url, `${RUNBOOKS}#${alert.toLowerCase()}`);
      assert.ok(runbooks.includes(alert), `${RUNBOOKS} has no heading "${alert}"`);
    });

    it(`have a case of ${alert} firing and one of it staying quiet`, () => {
      const expected = cases
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts: fired }) => fired.length);
      assert.ok(
        expected.some((count) => count > 0),
        'none fires',
      );
      assert.ok(expected.includes(0), 'none stays quiet');
    });
  }

  it('are all that runbooks are there for', () => {
    assert.deepEqual(runbooks.sort(), alerts.map(({ alert }) => alert).sort());
  });

  describe('by promtool', function () {
    this.timeout(0);
    let promtool: string;

    before(async function () {
      const found = await findPromtool();
      if ('command' in found) promtool = found.command;
      else {
        console.log(`    not checked by promtool: ${found.missing}`);
        this.skip();
      }
    });

    it('are valid rules', async () => {
      const { stdout } = await run(promtool, ['check', 'rules', ALERTS_FILE]);
      assert.match(stdout, new RegExp(`SUCCESS: ${alerts.length} rules found`));
    });

    it('are found by the configuration of the containers', async () => {
      const { stdout } = await run(promtool, ['check', 'config', 'deploy/monitoring/prometheus.yaml']);
      assert.match(stdout, new RegExp(`SUCCESS: ${alerts.length} rules found`));
    });

    it('fire and stay quiet as each case says', async () => {
      const { stdout } = await run(promtool, ['test', 'rules', CASES_FILE]);
      assert.match(stdout, /SUCCESS/);
    });
  });
});

/** Fails with what the command printed, which says what is wrong. */
const run = (command: string, args: string[]) =>
  promisify(execFile)(command, args).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return assert.fail(`${stdout}${stderr}`);
  });

/** Those of the second level. */
function headingsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
}

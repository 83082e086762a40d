import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

export interface AlertCase {
  alertname: string;
  exp_alerts: unknown[];
}

export const ALERTS_FILE = 'deploy/monitoring/alerts.yaml';
export const CASES_FILE = 'deploy/monitoring/alerts.test.yaml';

export const readAlerts = (): Alert[] =>
  (parse(readFileSync(ALERTS_FILE, 'utf8')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
    ({ rules }) => rules,
  );

/** What `promtool test rules` is asked to see fire, or stay quiet. */
export const readCases = (): AlertCase[] =>
  (parse(readFileSync(CASES_FILE, 'utf8')) as { tests: { alert_rule_test: AlertCase[] }[] }).tests.flatMap(
    ({ alert_rule_test: cases }) => cases,
  );

import { readFileSync } from 'node:fs';

export interface Panel {
  title: string;
  type: string;
  description?: string;
  gridPos: { h: number; w: number; x: number; y: number };
  targets?: { expr: string }[];
}

export interface Dashboard {
  schemaVersion: number;
  panels: Panel[];
}

export const readDashboard = (): Dashboard =>
  JSON.parse(readFileSync('deploy/monitoring/dashboard.json', 'utf8')) as Dashboard;

/** Each panel's query, by a name that says which. */
export const readQueries = (): { name: string; expr: string }[] =>
  readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }, i) => ({ name: `${title}, query ${i + 1}`, expr: withoutVariables(expr) })),
  );

/** As Grafana sends it, of every job, for a panel of minutes. */
const withoutVariables = (expr: string) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.+');

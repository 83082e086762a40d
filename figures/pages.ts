import type { KeptFigures } from './keptFigures.js';
import { sectionOf } from './markdown.js';

export interface Page {
  /** In `docs/`. */
  file: string;
  title: string;
  introduction: string;
  /** Of what it tells, in this order; what was not run yet is said. */
  names: string[];
}

const HOW = `This page is written by \`npm run figures\` from the runs in \`docs/figures\`; each section names the command that gives its figures
again. A run is put in by \`--json run.json\` on that command, then \`npm run figures -- run.json\`.`;

export const pages: Page[] = [
  {
    file: 'performance.md',
    title: 'Performance',
    introduction: `What changes, documents and sweeps cost, each beside a floor that was measured in the same run: ratios carry over to other
machines, milliseconds do not. All servers and the worker share the machine.

${HOW}`,
    names: [
      'latency',
      'seeding',
      'burst',
      'fanout',
      'throughput',
      'document',
      'triggers',
      'rebuild',
      'verify',
      'kill',
      'load',
    ],
  },
  {
    file: 'reliability.md',
    title: 'Reliability',
    introduction: `How the promises were tried: no document is partial, none is stale, no change is lost, nothing deleted comes back. One checker
judges every run: what was readable in DynamoDB against what PostgreSQL committed. That it would see a fault is shown by the control arms,
which take one guard away at a time: of the simulation below, on real servers in [test/proof](../test/proof).

${HOW}`,
    names: ['simulate', 'simulate-control', 'interleave', 'kill-points', 'faults'],
  },
];

export function textOf({ title, introduction, names }: Page, kept: Map<string, KeptFigures>): string {
  const sections = names.map((name) => {
    const figures = kept.get(name);
    return figures ? sectionOf(figures) : `## ${name}\n\nNot run yet.`;
  });
  return `${[`# ${title}`, introduction, ...sections].join('\n\n')}\n`;
}

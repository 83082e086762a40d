import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeSettings } from '../src/config.js';
import { createMetrics } from '../src/telemetry/metrics.js';
import { failureTypes } from '../src/workflows/contract.js';
import { isTitleIn } from './papers/testTitles.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** All of the product's code; the embedded servers of demo and tests log nothing that an operator sees. */
const sources = filesBelow('src', '.ts')
  .filter((file) => !file.startsWith('src/embedded/'))
  .map(read)
  .join('\n');

describe('README', () => {
  it('lists exactly the variables that the configuration reads, with their defaults', () => {
    const documented = tableBelow('### Configuration').map(([name, byDefault]) => ({
      name: withoutMarks(name),
      byDefault: byDefault === 'required' ? undefined : withoutMarks(byDefault.replace('empty', '')),
    }));
    assert.deepEqual(sortedByName(documented), sortedByName(describeSettings()));
  });

  it('lists exactly the metrics that are registered, with type and labels', () => {
    const { registry } = createMetrics(
      () => Promise.resolve({ rows: 0, oldestSeconds: 0 }),
      () => Promise.resolve(false),
      () => Promise.resolve({ environments: 0, oldestSeconds: 0 }),
    );
    const registered = registry.getMetricsAsArray().map((metric) => {
      // The labels are there but missing from prom-client's declaration.
      const { labelNames } = metric as unknown as { labelNames: string[] };
      return { name: metric.name, type: String(metric.type), labels: labelNames.join(', ') };
    });
    const documented = tableBelow('### Metrics').map(([name, type, labels = '']) => ({
      name: withoutMarks(name),
      type,
      labels: withoutMarks(labels.replace('none', '')),
    }));
    assert.deepEqual(sortedByName(documented), sortedByName(registered));
  });

  it('lists exactly the events that the code logs', () => {
    const logged = namesIn(
      sources,
      /\.(?:debug|info|warn|error)\(\s*(?:\{(?:[^{}]|\{[^{}]*\})*\},\s*)?'([a-z_]+\.[a-z_]+)'/g,
    );
    const documented = tableBelow('### Events').map(([name]) => withoutMarks(name));
    assert.deepEqual(documented.sort(), logged);
  });

  it('names exactly the fields that events have', () => {
    const fields = namesIn(sources, /\b([a-z_]*[a-z]__[a-z]+)\b/g);
    const documented = namesIn(
      tableBelow('### Events')
        .map(([, , rowFields]) => rowFields)
        .join(),
      /\b([a-z_]*[a-z]__[a-z]+)\b/g,
    );
    assert.deepEqual(documented, fields);
  });

  it('lists exactly the failure types that workflows end with', () => {
    const documented = tableBelow('### Failures').map(([type]) => withoutMarks(type));
    assert.ok(sources.includes(`'CreationDisabled'`));
    assert.deepEqual(documented.sort(), [...Object.values(failureTypes), 'CreationDisabled'].sort());
  });
});

describe('The papers', () => {
  const papers = [
    ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
    ...filesBelow('docs', '.md'),
  ];

  for (const paper of papers) {
    it(`link from ${paper} only to files and headings that exist`, () => {
      const broken = linksOf(paper).filter((link) => !exists(paper, link));
      assert.deepEqual(broken, []);
    });
  }

  it('link every decision from the list of decisions', () => {
    const listed = new Set(linksOf('docs/decisions/README.md'));
    const pages = readdirSync(path.join(root, 'docs/decisions')).filter((file) => file !== 'README.md');
    assert.deepEqual(
      pages.filter((page) => !listed.has(page)),
      [],
    );
  });

  for (const [heading = '', text = ''] of sectionsOf('docs/failure-modes.md'))
    it(`link from "${heading}" to a test that shows it, by its title`, () => {
      const [, tested = ''] = text.split('\n→ tested by ');
      const links = [...tested.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+)\)/g)];
      assert.ok(links.length > 0, 'It has no line that begins with "→ tested by".');
      const missing = links.filter(([, title = '', file = '']) => !isTitleIn(file, title));
      assert.deepEqual(
        missing.map(([link]) => link),
        [],
      );
    });
});

/** Each heading below the first, with the text up to the next one. */
function sectionsOf(paper: string): string[][] {
  const [, ...sections] = read(paper).split(/^##+ /m);
  return sections.map((section) => section.split(/\n(.*)/s));
}

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`);
}

type Cells = [string, string, string?, ...string[]];

/** The rows of the first table below a heading of the README, without its head. */
function tableBelow(heading: string): Cells[] {
  const [, below] = read('README.md').split(`\n${heading}\n`);
  assert.ok(below !== undefined, `The README has no heading "${heading}".`);
  const lines = below.slice(below.indexOf('\n|') + 1).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end).map(
    (line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()) as Cells,
  );
}

const withoutMarks = (cell: string) => cell.replaceAll('`', '');

const sortedByName = <T extends { name: string }>(rows: T[]) =>
  [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));

const namesIn = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort();

/** Links to other files of the repository and to headings. */
const linksOf = (paper: string): string[] =>
  namesIn(read(paper), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));

function exists(paper: string, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const target = file === '' ? paper : path.join(path.dirname(paper), file);
  if (!existsSync(path.join(root, target))) return false;
  return heading === undefined || headingsOf(target).includes(heading);
}

/** As GitHub names them in links. */
const headingsOf = (paper: string): string[] =>
  [...read(paper).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

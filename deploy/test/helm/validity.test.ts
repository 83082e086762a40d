import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { CHART, readChartFile, readMinimalValues, type Values } from '../../check/chart/files.js';
import { KUBE_VERSION, render, runHelm } from '../../check/chart/helm.js';
import { validate } from '../../check/chart/kubeconform.js';
import {
  type Option,
  readOptions,
  switchedOn,
  switchesOf,
  valuesAll,
  valuesWith,
} from '../../check/chart/options.js';
import { KUBERNETES_VERSIONS } from '../../check/schemas/writeSchemas.js';
import { objectsIn, theOnly } from './objects.js';
import { useTools } from './useTools.js';

const options = readOptions();

describe('The chart', () => {
  const tools = useTools();
  const folder = useFolder();
  /** Everything that was rendered here is validated by one call. */
  const keep = async (name: string, values: Values) => {
    const yaml = await render(tools.helm, values);
    writeFileSync(path.join(folder(), `${name}.yaml`), yaml);
    return yaml;
  };

  for (const [name, values] of Object.entries({
    'the minimal values': readMinimalValues(),
    'the values that its README shows': shownValues(),
    'everything off': valuesAll(false, options),
    'everything on': valuesAll(true, options),
    'values that a chart around it shares': { ...readMinimalValues(), global: { region: 'eu' } },
  })) {
    it(`is linted without a warning, with ${name}`, async () => {
      const report = await runHelm(tools.helm, ['lint', '--strict', CHART, ...KUBE_VERSION], values);
      assert.match(report, /1 chart\(s\) linted, 0 chart\(s\) failed/);
      assert.doesNotMatch(report, /WARNING|ERROR/);
    });

    it(`is rendered with ${name}`, async () => {
      assert.match(await keep(name.replaceAll(' ', '-'), values), /^kind: Deployment$/m);
    });
  }

  it('is packaged with all that it is rendered from', async () => {
    const packages = mkdtempSync(path.join(tmpdir(), 'chart-package-'));
    try {
      await runPackage(tools.helm, packages);
      const [file = ''] = readdirSync(packages);
      const asTheyAre = options.filter(({ name }) => name !== 'prometheusRule.runbooksUrl');
      const values = valuesAll(true, asTheyAre);
      const yaml = await render(tools.helm, values, path.join(packages, file));
      assert.equal(yaml, await render(tools.helm, values));
      const rule = theOnly(objectsIn(yaml), 'PrometheusRule');
      assert.deepEqual(rule.spec, parse(readChartFile('files/alerts.yaml')));
    } finally {
      rmSync(packages, { recursive: true });
    }
  });

  it('is rendered with each pair of options, both on, both off, and either', async () => {
    const rows = coveringRows(options);
    assert.deepEqual(uncoveredPairs(rows), []);
    for (const [i, row] of rows.entries())
      await keep(`pairs-${i}`, valuesWith(options.filter(({ name }) => row[name])));
  });

  describe('is changed by', () => {
    for (const option of options) {
      it(option.name, async () => {
        const switches = switchesOf(option, options)
          .filter(({ name }) => name !== option.name)
          .map(switchedOn);
        const without = await render(tools.helm, valuesWith(switches));
        assert.notEqual(await keep(option.name, valuesWith([...switches, option])), without);
      });
    }
  });

  // A part of its own, as those come after everything that was kept.
  describe('makes', () => {
    for (const version of KUBERNETES_VERSIONS) {
      it(`nothing that Kubernetes ${version} would refuse`, () => {
        const { problems, objects } = validate(
          tools.kubeconform,
          path.join(tools.schemas, version),
          folder(),
        );
        assert.deepEqual(problems, []);
        // In every rendering there are at least a Deployment and its Service.
        assert.ok(objects > 2 * options.length, `${objects} objects`);
      });
    }
  });
});

describe('kubeconform', () => {
  const tools = useTools();
  const folder = useFolder();

  for (const { of, from, to, problem } of [
    {
      of: 'a field that there is none of',
      from: 'replicas:',
      to: 'replica:',
      problem: /'replica' not allowed/,
    },
    {
      of: 'a value of another type',
      from: 'replicas: 2',
      to: 'replicas: two',
      problem: /replicas': got string/,
    },
    { of: 'a field that is missing', from: 'apiVersion: apps/v1', to: '', problem: /apiVersion/ },
    {
      of: 'a field too many in a container',
      from: 'imagePullPolicy:',
      to: 'pull:',
      problem: /'pull' not allowed/,
    },
    {
      of: 'a kind that there is no schema of',
      from: 'kind: Service\n',
      to: 'kind: Secret\n',
      problem: /schema/,
    },
    { of: 'a wrong alert', from: ' expr:', to: ' expression:', problem: /'expression' not allowed/ },
  ]) {
    it(`tells of ${of}`, async () => {
      const yaml = await render(
        tools.helm,
        valuesWith(options.filter(({ name }) => name === 'prometheusRule.enabled')),
      );
      assert.ok(yaml.includes(from));
      writeFileSync(path.join(folder(), 'wrong.yaml'), yaml.replace(from, to));
      const { problems } = validate(
        tools.kubeconform,
        path.join(tools.schemas, KUBERNETES_VERSIONS[0] ?? ''),
        folder(),
      );
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems.join(), problem);
    });
  }
});

function shownValues(): Values {
  const [, shown = ''] = /```yaml\n(.*?)```/s.exec(readChartFile('README.md')) ?? [];
  return parse(shown) as Values;
}

/**
 * Rows of options that are on, so few that each pair occurs in each of its four forms. The first has none on. Of the others each
 * option is on in its own choice of more than half of them, all choices of one size: two share a row, and neither holds the other.
 */
function coveringRows(of: Option[]): Record<string, boolean>[] {
  for (let others = 1; ; others++) {
    const choices = choicesOf(Math.floor(others / 2) + 1, others);
    if (choices.length < of.length) continue;
    return Array.from({ length: 1 + others }, (_, row) =>
      Object.fromEntries(of.map(({ name }, i) => [name, choices[i]?.includes(row - 1) ?? false])),
    );
  }
}

/** All ways to choose so many of the first `from` numbers. */
function choicesOf(count: number, from: number): number[][] {
  if (count === 0) return [[]];
  if (count > from) return [];
  const withLast = choicesOf(count - 1, from - 1).map((choice) => [...choice, from - 1]);
  return [...choicesOf(count, from - 1), ...withLast];
}

function uncoveredPairs(rows: Record<string, boolean>[]): string[] {
  return options.flatMap((one, i) =>
    options.slice(i + 1).flatMap((other) => {
      const forms = new Set(rows.map((row) => `${String(row[one.name])} ${String(row[other.name])}`));
      return forms.size === 4 ? [] : [`${one.name} and ${other.name}: ${[...forms].join(', ')}`];
    }),
  );
}

const runPackage = (helm: string, destination: string) =>
  promisify(execFile)(helm, ['package', CHART, '--destination', destination]);

function useFolder(): () => string {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'chart-renderings-'));
  });
  after(() => {
    // There is none where the tools are missing.
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { describeSettings } from '../../../src/config.js';
import {
  CHART,
  readChartFile,
  readDefaults,
  readMinimalValues,
  readValuesSchema,
} from '../../check/chart/files.js';
import { readDefault, readOptions } from '../../check/chart/options.js';
import { valuesTable } from '../../check/chart/valuesTable.js';

const ALERTS = 'deploy/monitoring/alerts.yaml';
/** Of all settings those that the chart takes elsewhere: a secret, and the port that probes and scrapes expect. */
const NOT_IN_CONFIG = ['DATABASE_URL', 'HTTP_PORT'];
/** Read by the SDKs of Temporal and AWS. */
const OF_SDKS = /^(TEMPORAL_(ADDRESS|NAMESPACE|TLS|TLS_SERVER_NAME)|AWS_(REGION|ENDPOINT_URL_DYNAMODB))$/;

const options = readOptions();

describe("The chart's papers", () => {
  it('name the version that package.json has', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { appVersion } = parse(readChartFile('Chart.yaml')) as { appVersion: string };
    assert.equal(appVersion, version);
  });

  it('list every value in its README, with default and meaning', () => {
    assert.ok(
      readChartFile('README.md').endsWith(`\n\n${valuesTable()}\n`),
      'npx tsx deploy/check/writeValuesTable.ts writes the table anew',
    );
  });

  it('have each value of the schema in values.yaml, but for the settings and what is required', () => {
    const missing = options.filter(({ path: [first = ''], name }) => first !== 'config' && isMissing(name));
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
    assert.deepEqual(readDefaults()['config'], {});
  });

  it('say of each value what it means, with an example that is not the default', () => {
    for (const { name, schema, path: where, example } of options) {
      assert.match(schema.description as string, /\.$/, name);
      assert.notEqual(example, undefined, name);
      assert.notDeepEqual(example, readDefault(where) ?? schema['default'], name);
    }
  });

  it('know each setting that the worker reads, with its default', () => {
    const { config } = readValuesSchema().properties ?? {};
    const known = Object.entries(config?.properties ?? {})
      .filter(([name]) => !OF_SDKS.test(name))
      .map(([name, schema]) => ({ name, byDefault: String(schema['default']) }));
    const read = describeSettings().filter(({ name }) => !NOT_IN_CONFIG.includes(name));
    assert.deepEqual(byName(known), byName(read));
  });

  it('take the port that the worker serves by default', () => {
    const port = describeSettings().find(({ name }) => name === 'HTTP_PORT')?.byDefault;
    assert.match(readChartFile('templates/deployment.yaml'), new RegExp(`containerPort: ${port}\n`));
    assert.match(readChartFile('templates/service.yaml'), new RegExp(`port: ${port}\n`));
  });

  it('give in ci/minimal-values.yaml nothing that has a default', () => {
    const given = options.filter(({ path: where }) => valueAt(readMinimalValues(), where) !== undefined);
    assert.deepEqual(
      given.map(({ name }) => name),
      [
        'image.repository',
        'config.TEMPORAL_ADDRESS',
        'database.existingSecret',
        'migrate.database.existingSecret',
      ],
    );
  });

  it(`carry the alerts of ${ALERTS}`, () => {
    assert.equal(
      readChartFile('files/alerts.yaml'),
      readFileSync(ALERTS, 'utf8'),
      `cp ${ALERTS} ${path.relative('.', CHART)}/files/`,
    );
  });
});

const isMissing = (name: string) => valueAt(readDefaults(), name.split('.')) === undefined;

const valueAt = (values: unknown, where: string[]) =>
  where.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);

const byName = <T extends { name: string }>(rows: T[]) =>
  [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));

import assert from 'node:assert/strict';
import { readMinimalValues, readValuesSchema } from '../../check/chart/files.js';
import { HelmRefused, render } from '../../check/chart/helm.js';
import { type Option, readOptions, setValue } from '../../check/chart/options.js';
import type { Schema } from '../../check/schemas/strictSchema.js';
import { useTools } from './useTools.js';

describe('A wrong value is refused with its name:', () => {
  const tools = useTools();

  const assertRefused = async (path: string[], value: unknown) => {
    const values = readMinimalValues();
    setValue(values, path, value);
    await assert.rejects(render(tools.helm, values), (error) => {
      assert.ok(error instanceof HelmRefused);
      assert.ok(error.message.includes(`at '/${path.join('/')}'`), error.message);
      return true;
    });
  };

  for (const option of readOptions()) {
    it(`${option.name} of another type`, () => assertRefused(option.path, valueOfAnotherType(option)));
  }

  for (const { path, schema } of ownObjects(readValuesSchema(), [])) {
    it(`a value that there is none of, in ${path.join('.') || 'the values'}`, async () => {
      const values = readMinimalValues();
      setValue(values, [...path, 'mistyped'], 'x');
      await assert.rejects(render(tools.helm, values), /'mistyped' not allowed/);
      assert.equal(schema.additionalProperties, false);
    });
  }

  for (const [name, value] of [
    ['image.repository', ''],
    ['image.digest', 'sha256:0123'],
    ['image.pullPolicy', 'Sometimes'],
    ['database.existingSecret', ''],
    ['database.existingSecret', 'postgres://user:password@host/flagsmith'],
    ['migrate.database.existingSecret', ''],
    ['config.TEMPORAL_ADDRESS', 'https://temporal.example.com'],
    ['config.DOCUMENT_COMPRESSION', true],
    ['config.LOG_LEVEL', 'verbose'],
    ['config.SEEDING_MAX_ATTEMPTS', 0],
    ['config.INSTANCE_NAME', 'a b'],
    ['config.WORKER_TASK_SLOTS', 1],
    ['serviceAccount.roleArn', 'documents'],
    ['replicaCount', -1],
    ['terminationGracePeriodSeconds', 20],
    ['probes.liveness', { path: '/' }],
    ['autoscaling.minReplicas', 0],
    ['autoscaling.externalMetric.averageValue', 'many'],
    ['podDisruptionBudget.maxUnavailable', 0],
    ['podDisruptionBudget.maxUnavailable', 'half'],
    ['networkPolicy.egress.temporal.ports', []],
    ['serviceMonitor.interval', 'often'],
    ['fullnameOverride', 'Documents_1'],
    ['commonLabels.team', 7],
  ] as const) {
    it(`${name}: ${JSON.stringify(value)}`, () => assertRefused(name.split('.'), value));
  }

  it('config.TEMPORAL_ADDRESS that is missing', async () => {
    const values = { ...readMinimalValues(), config: {} };
    await assert.rejects(render(tools.helm, values), /at '\/config': missing property 'TEMPORAL_ADDRESS'/);
  });
});

/** A list where a text or an object is meant, a text where anything else is. */
function valueOfAnotherType({ schema }: Option): unknown {
  const types = [schema.type].flat();
  return types.includes('string') || types.includes('object') ? [7] : 'x';
}

/** The parts that are the chart's own, and not taken over into an object of Kubernetes as they are. */
function ownObjects(schema: Schema, path: string[]): { path: string[]; schema: Schema }[] {
  if (!schema.properties) return [];
  return [
    { path, schema },
    ...Object.entries(schema.properties).flatMap(([key, property]) => ownObjects(property, [...path, key])),
  ];
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'));

interface Services {
  services: Record<string, { ports?: string[] }>;
}

describe('The container of Prometheus', () => {
  const { services } = read('docker-compose.yml') as Services;

  it('scrapes the worker where it serves its metrics', () => {
    const { scrape_configs: jobs } = read('deploy/monitoring/prometheus.yaml') as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap(({ static_configs: configs }) =>
      configs.flatMap(({ targets: some }) => some),
    );
    assert.deepEqual(targets, ['worker:9464']);
    assert.ok(services['worker']?.ports?.some((port) => port.endsWith(':9464')));
  });
});

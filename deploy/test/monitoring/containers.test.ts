import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'));

interface Services {
  services: Record<string, { volumes?: string[]; ports?: string[] }>;
}

describe('The containers of Prometheus and Grafana', () => {
  const { services } = read('docker-compose.yml') as Services;

  it('are given files that exist', () => {
    const files = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0]),
    );
    assert.equal(files.length, 5);
    assert.deepEqual(
      files.filter((file) => file === undefined || !existsSync(file)),
      [],
    );
  });

  it('take no port that another container has, and are open to this machine only', () => {
    const ports = Object.values(services).flatMap(({ ports: published = [] }) => published);
    assert.equal(new Set(ports).size, ports.length);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  });

  it('scrape the worker where it serves its metrics', () => {
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

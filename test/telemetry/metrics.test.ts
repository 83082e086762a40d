import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createMetrics } from '../../src/telemetry/metrics.js';

const healthy = {
  readOutbox: () => Promise.resolve({ rows: 0, oldestSeconds: 0 }),
  isPaused: () => Promise.resolve(false),
  lookAtFailedSyncs: () => Promise.resolve({ environments: 0, oldestSeconds: 0 }),
};

/** A scrape: the values by metric and labels, as Prometheus reads them. */
function scraping(sources: Partial<typeof healthy>) {
  const { readOutbox, isPaused, lookAtFailedSyncs } = { ...healthy, ...sources };
  const { registry } = createMetrics(readOutbox, isPaused, lookAtFailedSyncs);
  return async (series: string) => {
    const lines = (await registry.metrics()).split('\n');
    const [value] = lines.flatMap((line) =>
      line.startsWith(`flagsmith_environment_document_${series} `) ? [line.split(' ').at(-1)] : [],
    );
    return value;
  };
}

describe('the metrics', () => {
  it('have the counters of all labels from the first scrape on, so that a first increase is seen', async () => {
    const scrape = scraping({});
    for (const series of [
      'writes_total{result="failure"}',
      'sync_outcomes_total{outcome="written"}',
      'sync_outcomes_total{outcome="superseded"}',
      'sync_outcomes_total{outcome="paused"}',
      'deletes_total{result="failure"}',
      'drift_total{kind="stale"}',
      'foreign_writes_total',
      'seeding_timeouts_total',
      'incomplete_writes_total',
    ])
      assert.equal(await scrape(series), '0', series);
  });

  it('say of the outbox what it is like at this scrape, by one read', async () => {
    let reads = 0;
    const scrape = scraping({
      readOutbox: () => Promise.resolve({ rows: ++reads, oldestSeconds: reads * 10 }),
    });
    assert.equal(await scrape('outbox_oldest_seconds'), '10');
    assert.equal(await scrape('outbox_rows'), '2');
  });

  it('are NaN, not 0, where PostgreSQL or Temporal cannot be asked', async () => {
    const fault = () => Promise.reject(new Error('away'));
    const scrape = scraping({ readOutbox: fault, isPaused: fault, lookAtFailedSyncs: fault });
    for (let scrapes = 0; scrapes < 2; scrapes++)
      for (const series of ['outbox_rows', 'outbox_oldest_seconds', 'paused', 'failed_syncs'])
        assert.equal(await scrape(series), 'Nan', series);
  });

  it('answer a scrape at once while failed syncs are being looked at, and show them at the next one', async () => {
    let answer: (state: { environments: number; oldestSeconds: number }) => void = () => undefined;
    const asked = new Promise<{ environments: number; oldestSeconds: number }>((resolve) => {
      answer = resolve;
    });
    const scrape = scraping({ lookAtFailedSyncs: () => asked });
    assert.equal(await scrape('failed_syncs'), 'Nan');
    answer({ environments: 2, oldestSeconds: 301 });
    await turn();
    assert.equal(await scrape('failed_syncs'), '2');
    assert.equal(await scrape('failed_syncs_oldest_seconds'), '301');
  });
});

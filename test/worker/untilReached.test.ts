import assert from 'node:assert/strict';
import { NativeConnection } from '@temporalio/worker';
import pino from 'pino';
import { connectDatabase } from '../../src/db/connect.js';
import { freePorts } from '../../src/embedded/freePorts.js';
import { untilReached } from '../../src/worker/untilReached.js';

const coded = (code: string) => Object.assign(new Error('a server said so'), { code });

describe('a server that is connected to first', () => {
  let told: Record<string, unknown>[];
  beforeEach(() => {
    told = [];
  });

  const logger = pino(
    {},
    { write: (line: string) => told.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const reach = (connect: () => Promise<string>, withinMs = 10_000) =>
    untilReached('Temporal', connect, { giveUpAtMs: performance.now() + withinMs, logger });
  const failingFirst = (errors: Error[]) => {
    const left = [...errors];
    return () => (left.length > 0 ? Promise.reject(left.shift()!) : Promise.resolve('connected'));
  };

  for (const [what, error] of Object.entries({
    'refuses connections': coded('ECONNREFUSED'),
    'has no name yet': coded('ENOTFOUND'),
    'is starting up': coded('57P03'),
    'does not answer in time': new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
    'is out of reach for a reason behind the error': new Error('the table is missing', {
      cause: coded('ECONNRESET'),
    }),
    'is on none of its addresses': new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]),
  }))
    it(`is waited for where it ${what}`, async () => {
      assert.equal(await reach(failingFirst([error, error])), 'connected');
      assert.deepEqual(
        told.map(({ msg, event, server }) => [msg ?? event, server]),
        Array.from({ length: 2 }, () => ['worker.waits_for_server', 'Temporal']),
      );
    });

  for (const [what, error] of Object.entries({
    'lets nobody in by this password': coded('28P01'),
    'has no such table': new Error('there is no such table in this account and region'),
  }))
    it(`is not waited for where it ${what}`, async () => {
      await assert.rejects(reach(failingFirst([error])), error);
      assert.equal(told.length, 0);
    });

  it('is waited for where the native connection finds none', async () => {
    const [port] = await freePorts(1);
    const connect = () => NativeConnection.connect({ address: `127.0.0.1:${port}` });
    const refused = await connect().catch((error: unknown) => error);
    assert.ok(refused instanceof Error);
    assert.equal(await reach(failingFirst([refused])), 'connected');
  });

  it('is given up at the time set, with what it failed with last', async () => {
    const [port] = await freePorts(1);
    const db = connectDatabase(`postgres://nobody@127.0.0.1:${port}/none`, { applicationName: 'tested' });
    const beganMs = performance.now();
    try {
      await assert.rejects(
        reach(async () => {
          await db`SELECT`;
          return 'connected';
        }, 1_000),
        /ECONNREFUSED/,
      );
    } finally {
      await db.end();
    }
    assert.ok(performance.now() - beganMs < 10_000);
    assert.ok(told.length >= 1);
  });
});

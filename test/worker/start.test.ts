import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import { TcpFaultProxy } from '../../proof/faults/tcpFaultProxy.js';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { requirePolling } from '../../src/worker/polling.js';
import { ensureBuilt, useSystem } from '../support/system.js';

describe('a worker that starts', () => {
  const system = useSystem();
  before(function () {
    this.timeout(300_000);
    ensureBuilt();
  });

  /** Starts one with settings that lead through a proxy to this port, before the server behind it is there. */
  async function startBefore(serverPort: number, settings: (proxyPort: number) => Record<string, string>) {
    const proxy = await TcpFaultProxy.open(serverPort);
    let printed = '';
    try {
      await proxy.breakWith({ kind: 'refuse' });
      const worker = system.spawnWorker(settings(proxy.port), (text) => (printed += text));
      const over = new AbortController();
      const end = () => {
        over.abort();
      };
      worker.then(end, end);
      while (!over.signal.aborted && !printed.includes('worker.waits_for_server')) await delay(50);
      assert.match(printed, /worker\.waits_for_server/);
      assert.doesNotMatch(printed, /worker\.started/);
      await proxy.heal();
      (await worker).kill('SIGTERM');
    } finally {
      await proxy.close();
    }
    return printed;
  }

  it('before Temporal is there waits for it, and is ready once Temporal has its polls', async () => {
    const port = Number(system.env['TEMPORAL_ADDRESS']!.split(':')[1]);
    const printed = await startBefore(port, (proxyPort) => ({
      TEMPORAL_ADDRESS: `127.0.0.1:${proxyPort}`,
    }));
    assert.match(printed, /"server":"Temporal"/);
  });

  for (const [which, tablesOf] of Object.entries({
    'its tables': () => ({}),
    'the table of identities alone': (identities: string) => ({
      ENVIRONMENTS_TABLE_NAME_DYNAMO: '',
      ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: '',
      IDENTITIES_TABLE_NAME_DYNAMO: identities,
    }),
  }))
    it(`before DynamoDB is there waits for it, with ${which}`, async () => {
      const { v1: environments, v2: environmentsV2 } = system.tables;
      const identities = `${system.taskQueue}_identities`;
      await createEnvironmentTables(system.dynamo, { environments, environmentsV2, identities });
      const port = Number(new URL(system.env['AWS_ENDPOINT_URL_DYNAMODB']!).port);
      const printed = await startBefore(port, (proxyPort) => ({
        ...tablesOf(identities),
        AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${proxyPort}`,
      }));
      assert.match(printed, /"server":"DynamoDB"/);
    });

  it('where its namespace is not there ends with status 1, and says why', async () => {
    ensureBuilt();
    const child = spawn(process.execPath, ['dist/cli/main.js', 'worker'], {
      env: { ...process.env, ...system.env, TEMPORAL_NAMESPACE: 'no-such-namespace' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    let endsTooLate: NodeJS.Timeout | undefined;
    for (const output of [child.stdout, child.stderr])
      output.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes('envsync: ')) endsTooLate ??= setTimeout(() => child.kill('SIGKILL'), 10_000);
      });
    const [status] = (await once(child, 'close')) as [number | null];
    clearTimeout(endsTooLate);
    assert.equal(status, 1, printed);
    assert.match(printed, /no-such-namespace/);
  });

  it('is ready once Temporal has had a poll of it, and of no other', async () => {
    const worker = await system.startWorker();
    const connection = await NativeConnection.connect({ address: system.env['TEMPORAL_ADDRESS']! });
    const polling = { namespace: 'default', taskQueue: system.taskQueue };
    try {
      const { status, text } = await untilReady(`http://127.0.0.1:${worker.httpPort}/readyz`);
      assert.deepEqual({ status, text }, { status: 200, text: 'ok\n' });
      await requirePolling(connection, { ...polling, identity: `${process.pid}@${hostname()}` });
      await assert.rejects(
        requirePolling(connection, { ...polling, identity: 'another' }),
        /no poll of this worker \(another\)/,
      );
      await assert.rejects(
        requirePolling(connection, {
          ...polling,
          taskQueue: 'nobodys',
          identity: `${process.pid}@${hostname()}`,
        }),
        /on "nobodys"/,
      );
    } finally {
      await connection.close();
    }
  });
});

async function untilReady(url: string): Promise<{ status: number; text: string }> {
  for (;;) {
    const answer = await fetch(url);
    const text = await answer.text();
    if (answer.ok) return { status: answer.status, text };
    assert.match(text, /has had no poll of this worker/);
    await delay(50);
  }
}

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { TcpFaultProxy } from '../../proof/faults/tcpFaultProxy.js';
import type { RunningWorker } from '../../src/worker.js';
import { useSystem } from '../support/system.js';

const SERVERS = {
  PostgreSQL: 'DATABASE_URL',
  Temporal: 'TEMPORAL_ADDRESS',
  DynamoDB: 'AWS_ENDPOINT_URL_DYNAMODB',
} as const;

type Server = keyof typeof SERVERS;

describe('a worker of which a server goes away', () => {
  const system = useSystem();
  const proxies = {} as Record<Server, TcpFaultProxy>;
  let worker: RunningWorker;

  before(async () => {
    for (const [server, variable] of Object.entries(SERVERS) as [Server, string][]) {
      const address = system.env[variable]!;
      const [port] = /(?<=:)\d+(?=$|\/)/.exec(address)!;
      proxies[server] = await TcpFaultProxy.open(Number(port));
      system.env[variable] = address.replace(`:${port}`, `:${proxies[server].port}`);
    }
    // The worker's client of DynamoDB looks there when it is made.
    const { AWS_ENDPOINT_URL_DYNAMODB: direct } = process.env;
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = system.env['AWS_ENDPOINT_URL_DYNAMODB'];
    worker = await system.startWorker();
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = direct;
    await untilReadyIs(200);
  });
  // After the worker, which is to end in order.
  after(async () => {
    for (const proxy of Object.values(proxies)) await proxy.close();
  });

  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${worker.httpPort}${path}`);
    return { status: response.status, text: await response.text() };
  };
  /** Gives what it says then. At each look it is healthy. */
  async function untilReadyIs(status: 200 | 503): Promise<string> {
    for (;;) {
      const ready = await get('/readyz');
      assert.equal((await get('/healthz')).status, 200);
      if (ready.status === status) return ready.text;
      await delay(50);
    }
  }

  for (const [server, says] of [
    ['PostgreSQL', /connect|terminated/i],
    ['DynamoDB', /^ENVIRONMENTS_TABLE_NAME_DYNAMO is "/],
    ['Temporal', /./],
  ] as const)
    it(`is not ready while ${server} is away, healthy all the time, and ready again afterwards`, async () => {
      await proxies[server].breakWith({ kind: 'refuse' });
      assert.match(await untilReadyIs(503), says);
      await proxies[server].heal();
      assert.equal(await untilReadyIs(200), 'ok\n');
    });
});

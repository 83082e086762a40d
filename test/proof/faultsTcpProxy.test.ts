import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type NetworkFault, TcpFaultProxy } from '../../proof/faults/tcpFaultProxy.js';

const A_MOMENT_MS = 150;

describe('the TCP fault proxy, in front of a server that echoes', () => {
  let echo: Server;
  let proxy: TcpFaultProxy;
  const clients: Socket[] = [];

  before(async () => {
    echo = createServer((socket) => {
      socket.on('error', () => undefined).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpFaultProxy.open((echo.address() as AddressInfo).port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.heal();
  });
  after(async () => {
    await proxy.close();
    echo.close();
  });

  async function open(): Promise<Socket> {
    const client = connect(proxy.port, '127.0.0.1');
    client.on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  }

  /** Also where it closes by an error. */
  const closing = (client: Socket) =>
    new Promise<void>((resolve) =>
      client.once('close', () => {
        resolve();
      }),
    );

  /** How many milliseconds the answer took; undefined where there was none within the patience. */
  async function ask(client: Socket, text = 'hello', patienceMs = 30_000): Promise<number | undefined> {
    const askedAt = performance.now();
    let answer = '';
    const complete = new Promise<true>((resolve) => {
      client.on('data', (piece: Buffer) => {
        answer += piece.toString();
        if (answer.length === text.length) resolve(true);
      });
    });
    client.write(text);
    const answered = await Promise.race([complete, delay(patienceMs, false, { ref: false })]);
    if (answered) assert.equal(answer, text);
    client.removeAllListeners('data');
    return answered ? performance.now() - askedAt : undefined;
  }

  it('passes on what both sides say, and the end of a connection', async () => {
    const client = await open();
    assert.ok((await ask(client)) !== undefined);
    const ended = once(client, 'close');
    client.end();
    await ended;
    while (proxy.connections > 0) await delay(5);
  });

  it('cuts what is open, and nothing that comes later', async () => {
    const client = await open();
    await ask(client);
    const closed = closing(client);
    proxy.cut();
    await closed;
    assert.ok((await ask(await open())) !== undefined);
  });

  it('refuses connections until it heals, on the same port', async () => {
    const client = await open();
    await ask(client);
    const closed = closing(client);
    await proxy.breakWith({ kind: 'refuse' });
    await closed;
    await assert.rejects(once(connect(proxy.port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
    await proxy.heal();
    assert.ok((await ask(await open())) !== undefined);
  });

  it('hangs: open and new connections say nothing, and what was sent arrives after the healing', async () => {
    const before = await open();
    await ask(before);
    await proxy.breakWith({ kind: 'hang' });
    const meanwhile = await open();
    const answers = [ask(before), ask(meanwhile)];
    assert.equal(await Promise.race([...answers, delay(A_MOMENT_MS, 'silence')]), 'silence');
    await proxy.heal();
    for (const answer of answers) assert.ok((await answer) !== undefined);
  });

  it('is half open: connections of before are never answered nor closed, later ones work', async () => {
    const before = await open();
    await ask(before);
    await proxy.breakWith({ kind: 'halfOpen' });
    const meanwhile = await open();
    await proxy.heal();
    for (const forgotten of [before, meanwhile]) {
      assert.equal(await ask(forgotten, 'hello', A_MOMENT_MS), undefined);
      assert.equal(forgotten.closed, false);
    }
    assert.ok((await ask(await open())) !== undefined);
  });

  const delaying: [NetworkFault, number][] = [
    [{ kind: 'slow', latencyMs: 60 }, 120],
    [{ kind: 'throttle', bytesPerSecond: 20_000 }, 2 * 150],
  ];
  for (const [fault, atLeastMs] of delaying) {
    it(`delays data: ${JSON.stringify(fault)}`, async () => {
      const client = await open();
      const askMuch = async () => (await ask(client, 'x'.repeat(3_000))) ?? assert.fail('no answer');
      // Without a fault it is quicker: on a busy machine perhaps not the first time.
      while ((await askMuch()) >= atLeastMs);
      await proxy.breakWith(fault);
      const delayedMs = await askMuch();
      // Timers may come a millisecond early.
      assert.ok(delayedMs > atLeastMs - 5, `${delayedMs} ms`);
    });
  }
});

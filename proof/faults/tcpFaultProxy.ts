import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What happens to connections through the proxy until it heals. */
export type NetworkFault =
  /** Open ones are reset, new ones are refused. */
  | { kind: 'refuse' }
  /** Nothing is passed on; what was sent meanwhile arrives after the healing. New connections are accepted, and hang too. */
  | { kind: 'hang' }
  /**
   * Nothing is passed on, and nothing ever will be: the connections of before stay open on this side only, as when a
   * firewall has forgotten them. Those that are opened after the healing work.
   */
  | { kind: 'halfOpen' }
  /** Each piece of data comes so much later, in each direction. */
  | { kind: 'slow'; latencyMs: number }
  /** So much data gets through in a second, in each direction of each connection. */
  | { kind: 'throttle'; bytesPerSecond: number };

/** A connection's two ends; a forgotten one is passed nothing any more. */
interface Link {
  near: Socket;
  far: Socket;
  isForgotten: boolean;
}

/** A port in front of a server that passes on all bytes, or what a fault leaves of them. */
export class TcpFaultProxy {
  private server: Server | undefined;
  private fault: NetworkFault | undefined;
  private readonly healing = new EventEmitter().setMaxListeners(0);
  private readonly links = new Set<Link>();

  private constructor(
    readonly port: number,
    private behind: number,
  ) {}

  /** @param behind the port on the loopback address that connections are passed on to */
  static async open(behind: number): Promise<TcpFaultProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpFaultProxy((server.address() as AddressInfo).port, behind);
    proxy.serve(server);
    return proxy;
  }

  /** How many connections are open on this side. */
  get connections(): number {
    return this.links.size;
  }

  /** New connections go there; those that are open stay where they are. */
  leadTo(behind: number): void {
    this.behind = behind;
  }

  /** Resets all connections of this moment, and nothing else. */
  cut(): void {
    for (const { near, far } of this.links) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  async breakWith(fault: NetworkFault): Promise<void> {
    await this.heal();
    this.fault = fault;
    if (fault.kind === 'halfOpen') for (const link of this.links) forget(link);
    if (fault.kind !== 'refuse') return;
    const closed = once(this.listening, 'close');
    this.listening.close();
    this.cut();
    await closed;
    this.server = undefined;
  }

  async heal(): Promise<void> {
    const { fault } = this;
    this.fault = undefined;
    if (fault?.kind === 'refuse') {
      const server = createServer().listen(this.port, '127.0.0.1');
      await once(server, 'listening');
      this.serve(server);
    }
    this.healing.emit('healed');
  }

  async close(): Promise<void> {
    await this.heal();
    const closed = once(this.listening, 'close');
    this.listening.close();
    this.cut();
    await closed;
  }

  private get listening(): Server {
    if (!this.server) throw new Error('The proxy refuses connections.');
    return this.server;
  }

  private serve(server: Server): void {
    this.server = server;
    server.on('connection', (near) => {
      this.join({ near, far: connect(this.behind, '127.0.0.1'), isForgotten: false });
    });
  }

  private join(link: Link): void {
    const { near, far } = link;
    this.links.add(link);
    if (this.fault?.kind === 'halfOpen') forget(link);
    for (const socket of [near, far]) socket.setNoDelay(true).on('error', () => undefined); // told by the closing
    near.on('close', () => {
      this.links.delete(link);
      far.destroy();
    });
    far.on('close', () => {
      if (!link.isForgotten) near.destroy();
    });
    void this.pass(link, near, far);
    void this.pass(link, far, near);
  }

  /** One piece after the other, each when the fault of the moment lets it through. */
  private async pass(link: Link, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        await this.letThrough(piece.length);
        if (!link.isForgotten && !to.write(piece)) await once(to, 'drain');
      }
      if (!link.isForgotten) to.end();
    } catch {
      // The other side, or the proxy, has closed the connection.
    }
  }

  private async letThrough(bytes: number): Promise<void> {
    while (this.fault?.kind === 'hang') await once(this.healing, 'healed');
    if (this.fault?.kind === 'slow') await delay(this.fault.latencyMs);
    if (this.fault?.kind === 'throttle') await delay((1_000 * bytes) / this.fault.bytesPerSecond);
  }
}

function forget(link: Link): void {
  link.isForgotten = true;
  link.far.destroy();
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port that stays the same while the servers behind it change, as a service's address or a pooler's does. */
export class FrontDoor {
  private behind: number[] = [];
  private entered = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.letIn(socket);
    });
  }

  static async open(): Promise<FrontDoor> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FrontDoor(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** New connections go to these ports in turn; those that are open stay where they are. Without any it is closed. */
  leadTo(...ports: number[]): void {
    this.behind = ports;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private letIn(socket: Socket): void {
    const port = this.behind[this.entered++ % this.behind.length];
    if (port === undefined) {
      socket.destroy();
      return;
    }
    const onward = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      this.sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined); // told by the closing that follows
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}

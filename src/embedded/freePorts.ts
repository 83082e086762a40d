import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Ports of 127.0.0.1 that were free a moment ago: whoever binds one must be ready to find it taken. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held until the last one is known, so that no port is given twice.
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

const ATTEMPTS = 5;
/** As PostgreSQL, Node.js, and Temporal's dev server, for ports it looks for itself, say it. */
const PORT_TAKEN = /address already in use|EADDRINUSE|failed assigning ephemeral port/i;

/** Repeats a start with other ports while one of its ports was taken by somebody else in between. */
export async function onFreePorts<T>(count: number, start: (...ports: number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(...(await freePorts(count)));
    } catch (error) {
      if (attempt === ATTEMPTS || !PORT_TAKEN.test(String(error))) throw error;
    }
  }
}

import { createServer, type AddressInfo } from 'node:net';
import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { toTemporalLogger } from './logger.js';

export interface TemporalRuntime {
  /** The SDK's own metrics in Prometheus's text form. */
  metrics(): Promise<string>;
}

/**
 * Sets up the process's one Temporal runtime: what SDK, workflows and activities log goes to `logger`. The SDK serves
 * its metrics on a port of its own, here a free one of the loopback address, from where ours takes them over.
 */
export async function installTemporalRuntime(logger: Logger): Promise<TemporalRuntime> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  Runtime.install({
    logger: toTemporalLogger(logger),
    telemetryOptions: { metrics: { prometheus: { bindAddress } } },
    // The command line decides what a signal means; a second one must still end the process.
    shutdownSignals: [],
  });
  return {
    async metrics() {
      const response = await fetch(`http://${bindAddress}/metrics`);
      return await response.text();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

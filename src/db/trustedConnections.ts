import type pg from 'pg';

/** How the driver tells of a statement that was not answered. */
const NO_ANSWER = 'Query read timeout';

/**
 * Gives out a pool's connections. One that gives no answer is rarely alone: what forgot it, a firewall or a failover, forgot those
 * of its time with it, and each would be found out by a statement that is waited for in vain. They are replaced instead.
 */
export class TrustedConnections {
  private readonly openedAt = new WeakMap<pg.PoolClient, number>();
  private trustedFrom = -Infinity;

  constructor(private readonly pool: pg.Pool) {
    pool.on('connect', (client) => this.openedAt.set(client, performance.now()));
  }

  async take(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.pool.connect();
      if ((this.openedAt.get(client) ?? Infinity) >= this.trustedFrom) return client;
      client.release(true);
    }
  }

  /** Has to be told of whatever fails. */
  heed(failure: unknown): void {
    if (failure instanceof Error && failure.message === NO_ANSWER) this.trustedFrom = performance.now();
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

export interface Patience {
  /** By `performance.now()`. */
  giveUpAtMs: number;
  logger: Logger;
}

/**
 * What `connect` resolves with, tried again while the server is out of reach: servers that start together come up in any order.
 *
 * @throws what `connect` did, at once where waiting does not help, else the last one
 */
export async function untilReached<T>(
  server: string,
  connect: () => Promise<T>,
  { giveUpAtMs, logger }: Patience,
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await connect();
    } catch (error) {
      if (!isOutOfReach(error) || performance.now() + waitMs > giveUpAtMs) throw error;
      logger.warn({ server, err: error, next_attempt_in_ms: waitMs }, 'worker.waits_for_server');
    }
    await delay(waitMs);
  }
}

/** Of Node.js's connections: none is there, or its name is not known yet. */
const NETWORK = /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOST|ENET|EPIPE)/;
/** Of PostgreSQL: connection exceptions, starting up or stopping, too many connections. */
const SQL_STATES = /^(08...|57P0.|53300)$/;
/** Of Temporal's native connection, and of a time that has run out. */
const NAMES = ['TransportError', 'TimeoutError', 'AbortError'];
const PG_TIMEOUT = /timeout/i;

function isOutOfReach(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    (typeof code === 'string' && (NETWORK.test(code) || SQL_STATES.test(code))) ||
    NAMES.includes(error.name) ||
    PG_TIMEOUT.test(error.message) ||
    (error instanceof AggregateError && error.errors.some(isOutOfReach)) ||
    isOutOfReach(error.cause)
  );
}

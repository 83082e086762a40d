import type { Limit } from '../bench/frame/bench.js';

/** Why a run broke off, in full: for whoever looks for the cause. */
export const inFull = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** The same in a line. */
export const inShort = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

/** Nothing is known of what a run was about that broke off: a finding like any other, after which the next ones go on. */
export const brokenOffLimit = (runs: string, count: number): Limit => ({
  ...{ what: `${runs} that broke off`, measured: count, atMost: 0, unit: '' },
});

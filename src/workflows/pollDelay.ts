import type { SeedingPolls } from './contract.js';

/** The wait after look number `attempt` (from 1), in milliseconds: 1 s, 2 s, 4 s … up to the cap. */
export const pollDelayMs = (attempt: number, { initialDelayMs, maxDelayMs }: SeedingPolls): number =>
  Math.min(initialDelayMs * 2 ** (attempt - 1), maxDelayMs);

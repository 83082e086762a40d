import { loadavg } from 'node:os';
import { type BenchResult, isKept } from './bench.js';
import { printResult } from './print.js';
import type { BenchRecord } from './results.js';

/** Runs one, prints its result, and gives it with what must be known to read it; also where the result was wrong. */
export async function record(
  about: Pick<BenchRecord, 'name' | 'summary' | 'command'>,
  run: () => Promise<BenchResult>,
): Promise<BenchRecord> {
  const at = new Date().toISOString();
  const startedAt = performance.now();
  const [load = 0] = loadavg();
  const measured = (): Pick<BenchRecord, 'at' | 'seconds' | 'load'> => ({
    at,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    load: Math.round(load * 100) / 100,
  });
  try {
    const result = await run();
    printResult(result);
    return { ...about, ...measured(), passed: result.limits.every(isKept), result };
  } catch (error) {
    console.error(error);
    const message = error instanceof Error ? error.message : String(error);
    return { ...about, ...measured(), passed: false, error: message };
  }
}

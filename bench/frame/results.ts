import type { BenchResult } from './bench.js';

/** What `--json` writes. */
export interface BenchRun {
  /** When it ended, ISO 8601. */
  at: string;
  machine: Record<string, string | number>;
  benches: {
    name: string;
    /** No result was wrong, and all limits were kept. */
    passed: boolean;
    /** Unless a result was wrong. */
    result?: BenchResult;
    /** What was wrong. */
    error?: string;
  }[];
}

import type { BenchResult } from './bench.js';

/** What `--json` writes. */
export interface BenchRun {
  machine: Record<string, string | number>;
  benches: BenchRecord[];
}

/** One bench or proof that was run. */
export interface BenchRecord {
  name: string;
  /** What it shows, in one line. */
  summary: string;
  /** That runs it again. */
  command: string;
  /** When it began, ISO 8601. */
  at: string;
  seconds: number;
  /** Processes that wanted a core in the minute before it began: how quiet the machine was. */
  load: number;
  /** No result was wrong, and all limits were kept. */
  passed: boolean;
  /** Unless a result was wrong. */
  result?: BenchResult;
  /** What was wrong. */
  error?: string;
}

import type { Scheduler } from './scheduler.js';

/** The virtual moment at which each run begins. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

let scheduler: Scheduler | undefined;
/** While a workflow runs: its own time, the same in each replay. */
let workflowNowMs: number | undefined;

/** From now on the clocks that product code reads tell this run's time. */
export function setTime(runs: Scheduler | undefined): void {
  scheduler = runs;
}

/** @param nowMs since `EPOCH_MS` */
export function setWorkflowTime(nowMs: number | undefined): void {
  workflowNowMs = nowMs;
}

const elapsedMs = () => workflowNowMs ?? scheduler?.nowMs ?? 0;

/** UTC text with microseconds, as PostgreSQL's `to_char` gives it. */
export const utcText = (nowMs: number): string =>
  new Date(EPOCH_MS + nowMs).toISOString().replace('Z', '000');

/** @returns since `EPOCH_MS` */
export const parseUtcText = (utc: string): number => Date.parse(`${utc}Z`) - EPOCH_MS;

/** An `AbortSignal` on virtual time: whoever waits for it asks when that is. */
export class VirtualSignal {
  #isAborted = false;

  constructor(
    private readonly deadlineMs: number,
    private readonly others: VirtualSignal[] = [],
  ) {}

  abort(): void {
    this.#isAborted = true;
  }

  /** By time; infinite where only somebody's word aborts it. */
  get abortsAtMs(): number {
    return Math.min(this.deadlineMs, ...this.others.map((other) => other.abortsAtMs));
  }

  get aborted(): boolean {
    return this.#isAborted || elapsedMs() >= this.deadlineMs || this.others.some(({ aborted }) => aborted);
  }

  get reason(): Error {
    return new Error('The operation was aborted.');
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}

/** Replaces the clocks and signals of the process: one that runs simulations does nothing else. */
export function replaceClocks(): void {
  Date.now = () => EPOCH_MS + elapsedMs();
  performance.now = () => elapsedMs();
  AbortSignal.timeout = (ms: number) => new VirtualSignal(elapsedMs() + ms) as unknown as AbortSignal;
  AbortSignal.any = (signals: Iterable<AbortSignal>) =>
    new VirtualSignal(Infinity, [...signals] as unknown as VirtualSignal[]) as unknown as AbortSignal;
}

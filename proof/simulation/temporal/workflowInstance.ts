import { ActivityFailure, type ApplicationFailure, RetryState } from '@temporalio/common';
import { settleAll } from '../scheduler.js';
import { setWorkflowTime } from '../virtualTime.js';

export interface ActivityCall {
  name: string;
  args: unknown[];
  startToCloseMs: number;
  heartbeatMs?: number;
}

/** What a workflow task tells the server. */
export type Command =
  | ({ type: 'callActivity'; number: number } & ActivityCall)
  | { type: 'startTimer'; number: number; ms: number }
  | { type: 'cancelTimer'; number: number }
  | { type: 'complete'; result: unknown }
  | { type: 'fail'; error: unknown }
  | { type: 'continueAsNew'; input: unknown };

export const endsRun = ({ type }: Command): boolean =>
  type === 'complete' || type === 'fail' || type === 'continueAsNew';

/** What a workflow task tells the workflow. */
export type Job =
  | { type: 'signal'; name: string; argument: unknown }
  | { type: 'activityCompleted'; number: number; result: unknown }
  | { type: 'activityFailed'; number: number; name: string; failure: ApplicationFailure }
  | { type: 'timerFired'; number: number };

export interface Activation {
  /** Temporal's clock, since `EPOCH_MS`. */
  nowMs: number;
  continueAsNewSuggested: boolean;
  historyLength: number;
  jobs: Job[];
}

export class ContinueAsNew extends Error {
  override name = 'ContinueAsNew';
  constructor(readonly input: unknown) {
    super('Workflow continues as new');
  }
}

type WorkflowFunction = (input: never) => Promise<unknown>;

let running: WorkflowInstance | undefined;

/** Whose code is running. */
export function currentWorkflow(): WorkflowInstance {
  if (!running) throw new Error('No workflow is running.');
  return running;
}

/**
 * The code of one workflow run in the memory of one worker. What it has come to follows from the activations that it was
 * given: another worker that is given the same gets there too.
 */
export class WorkflowInstance {
  readonly signalHandlers = new Map<string, (argument: unknown) => void>();
  readonly info = { continueAsNewSuggested: false, historyLength: 0, taskQueue: 'simulation' };
  lastActivation: Activation | undefined;
  #isStarted = false;
  #numbers = 0;
  #commands: Command[] = [];
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  readonly #conditions = new Set<{ holds: () => boolean; resolve: () => void }>();
  readonly #unhandledSignals: Extract<Job, { type: 'signal' }>[] = [];

  constructor(
    private readonly workflow: WorkflowFunction,
    private readonly input: unknown,
  ) {}

  /** Signals come before all else that is told at the same time, and conditions are asked last, as in Temporal's SDK. */
  activate(activation: Activation): Command[] {
    const { nowMs, continueAsNewSuggested, historyLength, jobs } = activation;
    this.lastActivation = activation;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- only one workflow's code runs at a time
    running = this;
    setWorkflowTime(nowMs);
    Object.assign(this.info, { continueAsNewSuggested, historyLength });
    this.#commands = [];
    const signals = jobs.filter((job) => job.type === 'signal');
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#unhandledSignals.push(...signals);
      void this.#run();
      // Signals that came before the workflow's first line wait for their handlers.
      for (const signal of this.#unhandledSignals.splice(0)) this.#signal(signal);
    } else for (const signal of signals) this.#signal(signal);
    for (const job of jobs) if (job.type !== 'signal') this.#resolve(job);
    settleAll();
    while (this.#unblock()) settleAll();
    setWorkflowTime(undefined);
    running = undefined;
    return this.#commands;
  }

  callActivity(call: ActivityCall): Promise<unknown> {
    const number = this.#numbers++;
    this.#commands.push({ type: 'callActivity', number, ...call });
    return this.#wait(number);
  }

  startTimer(ms: number): { number: number; fired: Promise<unknown> } {
    const number = this.#numbers++;
    this.#commands.push({ type: 'startTimer', number, ms });
    return { number, fired: this.#wait(number) };
  }

  cancelTimer(number: number): void {
    if (this.#waiting.delete(number)) this.#commands.push({ type: 'cancelTimer', number });
  }

  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#conditions.add({ holds, resolve }));
  }

  async #run(): Promise<void> {
    try {
      const result = await this.workflow(this.input as never);
      this.#commands.push({ type: 'complete', result });
    } catch (error) {
      this.#commands.push(
        error instanceof ContinueAsNew
          ? { type: 'continueAsNew', input: error.input }
          : { type: 'fail', error },
      );
    }
  }

  #signal({ name, argument }: Extract<Job, { type: 'signal' }>): void {
    const handler = this.signalHandlers.get(name);
    if (!handler) throw new Error(`No handler of the signal ${name}.`);
    handler(argument);
  }

  #resolve(job: Exclude<Job, { type: 'signal' }>): void {
    const waiting = this.#waiting.get(job.number);
    // A timer that fired while it was being cancelled.
    if (!waiting) return;
    this.#waiting.delete(job.number);
    if (job.type === 'activityFailed')
      waiting.reject(
        new ActivityFailure(
          'Activity task failed',
          job.name,
          String(job.number),
          RetryState.NON_RETRYABLE_FAILURE,
          'simulation',
          job.failure,
        ),
      );
    else waiting.resolve(job.type === 'activityCompleted' ? job.result : undefined);
  }

  #wait(number: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
  }

  /** Whether any condition came to hold. */
  #unblock(): boolean {
    let isAnyHeld = false;
    for (const condition of this.#conditions)
      if (condition.holds()) {
        this.#conditions.delete(condition);
        condition.resolve();
        isAnyHeld = true;
      }
    return isAnyHeld;
  }
}

import { ApplicationFailure } from '@temporalio/common';
import type { Event, Owner, Process, Scheduler } from '../scheduler.js';
import { ActivityAttempt } from './activityAttempt.js';
import { type Activation, type Command, endsRun, type Job, WorkflowInstance } from './workflowInstance.js';

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;
type WorkflowFunction = (input: never) => Promise<unknown>;

/** A worker process, as Temporal knows it. */
export interface Worker {
  owner: Owner & { process: Process };
  activities: Activities;
  /** Runs that it has in memory. */
  instances: Map<Run, WorkflowInstance>;
}

export interface TemporalTimes {
  /** From the server to a worker. */
  dispatchMs(): number;
  /** How long a worker takes for a workflow task. */
  workflowTaskMs(): number;
  answerMs(): number;
  /** How far Temporal's clock is ahead of PostgreSQL's. */
  clockAheadMs: number;
  /** A run's activations after which it is asked to continue as new. */
  continueAsNewAfter: number;
  /** What each of them adds to the history. */
  eventsOfActivation: number;
}

/** One run of a workflow, as the server keeps it. */
export interface Run {
  workflowId: string;
  input: unknown;
  isClosed: boolean;
  /** Accepted by the server: what a worker needs to get to where the run is. */
  readonly history: { activation: Activation; commands: Command[] }[];
  /** Of workflow tasks that failed, and since. */
  pending: Job[];
  /** The one that a worker is to answer. */
  task: { startedBy?: Worker; timeout?: Event } | undefined;
  readonly timers: Map<number, Event>;
}

export interface Ended {
  workflowId: string;
  how: 'complete' | 'fail' | 'continueAsNew';
  error?: unknown;
}

/** What the product asks for, as `WORKFLOW_TASK_TIMEOUT`. */
const WORKFLOW_TASK_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
const NO_WORKER_RETRY_MS = 500;

/**
 * Temporal as far as workflows, activities and their workers see it: one open run for an id, signals that wait for the next
 * workflow task, tasks that are given to whoever is there and given up after their time-outs, and durable timers.
 */
export class TemporalServer {
  readonly #open = new Map<string, Run>();
  readonly #workers = new Set<Worker>();
  readonly counts = { workflowTasksLost: 0, activitiesTimedOut: 0, unhandledCommands: 0, replays: 0 };
  readonly ended: Ended[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly owner: Owner,
    private readonly workflow: WorkflowFunction,
    private readonly times: TemporalTimes,
  ) {}

  get openRuns(): string[] {
    return [...this.#open.keys()];
  }

  join(worker: Worker): void {
    this.#workers.add(worker);
  }

  /** What it had in hand is given to others once its time is up. */
  leave(worker: Worker): void {
    this.#workers.delete(worker);
  }

  /** Arrived at the server: durable from now on. */
  signalWithStart(workflowId: string, input: unknown, signal: { name: string; argument: unknown }): void {
    let run = this.#open.get(workflowId);
    if (!run) {
      run = this.#start(workflowId, input);
    }
    this.#add(run, { type: 'signal', ...copied(signal) });
  }

  #start(workflowId: string, input: unknown): Run {
    const run: Run = {
      workflowId,
      input: copied(input),
      isClosed: false,
      history: [],
      pending: [],
      task: undefined,
      timers: new Map(),
    };
    this.#open.set(workflowId, run);
    return run;
  }

  #add(run: Run, job: Job): void {
    if (run.isClosed) return;
    run.pending.push(job);
    this.#scheduleTask(run);
  }

  #scheduleTask(run: Run, delayMs = this.times.dispatchMs()): void {
    if (run.task || run.isClosed) return;
    const task: NonNullable<Run['task']> = {};
    run.task = task;
    this.#after(delayMs, `workflow task ${run.workflowId}`, () => {
      this.#dispatch(run, task);
    });
  }

  #dispatch(run: Run, task: NonNullable<Run['task']>): void {
    const worker = this.#workerFor(run);
    if (!worker) {
      run.task = undefined;
      this.#scheduleTask(run, NO_WORKER_RETRY_MS);
      return;
    }
    task.startedBy = worker;
    const activation: Activation = {
      nowMs: this.scheduler.nowMs + this.times.clockAheadMs,
      continueAsNewSuggested: run.history.length >= this.times.continueAsNewAfter,
      historyLength: run.history.length * this.times.eventsOfActivation,
      jobs: run.pending,
    };
    run.pending = [];
    task.timeout = this.#after(WORKFLOW_TASK_TIMEOUT_MS, `workflow task times out`, () => {
      this.counts.workflowTasksLost++;
      this.#failTask(run, activation);
    });
    this.scheduler.after(this.times.workflowTaskMs(), worker.owner, 'workflow task', () => {
      const commands = this.#runTask(worker, run, activation);
      // Between the two the worker can die: its answer is lost, or arrives all the same.
      this.scheduler.after(this.times.answerMs(), this.owner, `answer ${spoken(commands)}`, () => {
        if (run.task !== task) {
          worker.instances.delete(run);
          return;
        }
        this.#answered(worker, run, activation, commands);
      });
    });
  }

  /** Whoever has the run in memory, unless its time is up. */
  #workerFor(run: Run): Worker | undefined {
    const workers = [...this.#workers];
    return workers.find(({ instances }) => instances.has(run)) ?? this.owner.random.of(workers);
  }

  #runTask(worker: Worker, run: Run, activation: Activation): Command[] {
    let instance = worker.instances.get(run);
    // Its last task may have been given to somebody else meanwhile.
    if (instance?.lastActivation !== run.history.at(-1)?.activation) instance = undefined;
    if (!instance) {
      instance = new WorkflowInstance(this.workflow, copied(run.input));
      if (run.history.length > 0) this.counts.replays++;
      for (const before of run.history) {
        const again = instance.activate(before.activation);
        requireSame(before.commands, again);
      }
      worker.instances.set(run, instance);
    }
    return instance.activate(activation);
  }

  #failTask(run: Run, activation: Activation): void {
    run.task?.startedBy?.instances.delete(run);
    run.task = undefined;
    run.pending = [...activation.jobs, ...run.pending];
    this.#scheduleTask(run);
  }

  #answered(worker: Worker, run: Run, activation: Activation, commands: Command[]): void {
    if (run.task?.timeout) run.task.timeout.isCancelled = true;
    const end = commands.find(endsRun);
    if (end && run.pending.length > 0) {
      // What came in meanwhile has to be seen first: the run may not end.
      this.counts.unhandledCommands++;
      this.#failTask(run, activation);
      return;
    }
    run.task = undefined;
    run.history.push({ activation, commands });
    for (const command of commands) this.#perform(run, command);
    if (end) worker.instances.delete(run);
    else if (run.pending.length > 0) this.#scheduleTask(run);
  }

  #perform(run: Run, command: Command): void {
    switch (command.type) {
      case 'callActivity':
        this.#attempt(run, command, 1);
        return;
      case 'startTimer':
        run.timers.set(
          command.number,
          this.#after(command.ms, `timer fires`, () => {
            run.timers.delete(command.number);
            this.#add(run, { type: 'timerFired', number: command.number });
          }),
        );
        return;
      case 'cancelTimer': {
        const timer = run.timers.get(command.number);
        if (timer) timer.isCancelled = true;
        run.timers.delete(command.number);
        return;
      }
      case 'complete':
      case 'fail':
      case 'continueAsNew':
        this.#close(run, command);
    }
  }

  #close(run: Run, command: Extract<Command, { type: 'complete' | 'fail' | 'continueAsNew' }>): void {
    run.isClosed = true;
    this.#open.delete(run.workflowId);
    for (const timer of run.timers.values()) timer.isCancelled = true;
    const { workflowId } = run;
    this.ended.push({
      workflowId,
      how: command.type,
      ...(command.type === 'fail' && { error: command.error }),
    });
    if (command.type === 'continueAsNew') this.#scheduleTask(this.#start(workflowId, command.input));
  }

  #attempt(run: Run, call: Extract<Command, { type: 'callActivity' }>, number: number): void {
    this.#after(this.times.dispatchMs(), `dispatches ${call.name}`, () => {
      const worker = this.owner.random.of([...this.#workers]);
      if (!worker) {
        this.#after(NO_WORKER_RETRY_MS, 'no worker', () => {
          this.#attempt(run, call, number);
        });
        return;
      }
      this.#runActivity(worker, run, call, number);
    });
  }

  /** A given-up attempt goes on; nobody hears of what becomes of it. */
  #runActivity(
    worker: Worker,
    run: Run,
    call: Extract<Command, { type: 'callActivity' }>,
    number: number,
  ): void {
    const { scheduler } = this;
    let timeout: Event;
    const giveUp = () => {
      attempt.isGivenUp = true;
      this.counts.activitiesTimedOut++;
      retry();
    };
    const retry = () => {
      const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** (number - 1), LONGEST_RETRY_MS);
      this.#after(backoffMs, `retries ${call.name}`, () => {
        this.#attempt(run, call, number + 1);
      });
    };
    const attempt = new ActivityAttempt(number, () => {
      if (attempt.isGivenUp) attempt.cancellationSignal.abort();
      else if (call.heartbeatMs !== undefined) {
        timeout.isCancelled = true;
        timeout = this.#after(call.heartbeatMs, `${call.name} misses its heartbeat`, giveUp);
      }
    });
    timeout = this.#after(call.heartbeatMs ?? call.startToCloseMs, `${call.name} times out`, giveUp);
    const owner: Owner = {
      ...worker.owner,
      name: `${worker.owner.name} ${call.name}${number > 1 ? ` (attempt ${number})` : ''}`,
      activity: attempt,
    };
    const settled = (job: () => Job | undefined, what: string) => {
      scheduler.after(this.times.answerMs(), owner, `${call.name} ${what}`, () => {
        if (attempt.isGivenUp) return;
        timeout.isCancelled = true;
        const told = job();
        if (told) this.#add(run, told);
        else retry();
      });
    };
    scheduler.after(0, owner, `${call.name} begins`, () => {
      const activity = worker.activities[call.name];
      if (!activity) throw new Error(`No activity ${call.name}.`);
      activity(...(copied(call.args) as never[])).then(
        (result) => {
          settled(
            () => ({ type: 'activityCompleted', number: call.number, result: copied(result) }),
            `gives ${JSON.stringify(result)}`,
          );
        },
        (error: unknown) => {
          if (error instanceof TypeError || error instanceof ReferenceError) scheduler.fail(error);
          settled(
            () =>
              error instanceof ApplicationFailure && error.nonRetryable
                ? { type: 'activityFailed', number: call.number, name: call.name, failure: error }
                : undefined,
            `fails: ${String(error)}`,
          );
        },
      );
    });
  }

  #after(delayMs: number, label: string, happen: () => void): Event {
    return this.scheduler.after(delayMs, this.owner, label, happen);
  }
}

/** As it comes out of a history, which is what JSON makes of it. */
const copied = <T>(value: T): T => copyOf(value) as T;

function copyOf(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === undefined) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((element) => copyOf(element) ?? null);
  if (typeof value !== 'object' || !isPlain(value)) return JSON.parse(JSON.stringify(value));
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) if (part !== undefined) copy[name] = copyOf(part);
  return copy;
}

const isPlain = (value: object | null): value is object =>
  value !== null && Object.getPrototypeOf(value) === Object.prototype && !('toJSON' in value);

const spoken = (commands: Command[]) =>
  commands.map((command) => (command.type === 'callActivity' ? command.name : command.type)).join(', ');

/** @throws where workflow code is not deterministic */
function requireSame(before: Command[], again: Command[]): void {
  if (spoken(before) !== spoken(again))
    throw new Error(`A replay gave other commands: ${spoken(again)} instead of ${spoken(before)}`);
}

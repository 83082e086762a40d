import { setFlagsFromString } from 'node:v8';
import { hashText, type Random } from './random.js';

/** An operating system's process: what it was about to do is lost with it. */
export interface Process {
  name: string;
  isAlive: boolean;
  /** Does nothing before that moment: it was stopped, or its machine was. */
  frozenUntilMs: number;
}

/** On whose behalf something happens, and what it sees as its surroundings. */
export interface Owner {
  name: string;
  random: Random;
  /** None: a server, or the network. */
  process?: Process;
  /** What `Context.current()` gives. */
  activity?: object;
}

export interface Event {
  atMs: number;
  /** Does nothing any more. */
  isCancelled: boolean;
}

interface Planned extends Event {
  number: number;
  owner: Owner;
  label: string;
  happen: () => void;
}

export interface Trace {
  (atMs: number, owner: string, what: string): void;
}

/**
 * All that happens in a run, one thing at a time, in the order of moments that are drawn from the seed. Time is what is
 * said here, and passes at once.
 */
export class Scheduler {
  nowMs = 0;
  steps = 0;
  /** Tells runs apart that took another course. */
  courseHash = 0;
  #numbers = 0;
  #current: Owner | undefined;
  #failure: { error: unknown } | undefined;
  readonly #planned: Planned[] = [];

  constructor(
    private readonly trace: Trace | undefined,
    private readonly maxSteps: number,
  ) {}

  /** Who is at work. */
  get current(): Owner {
    if (!this.#current) throw new Error('Nobody is at work.');
    return this.#current;
  }

  /**
   * @param delayMs to the whole millisecond
   * @param happen everything that it sets going goes on to its next wait before anything else happens
   */
  after(delayMs: number, owner: Owner, label: string, happen: () => void): Event {
    const event: Planned = {
      atMs: this.nowMs + Math.max(0, Math.round(delayMs)),
      isCancelled: false,
      number: this.#numbers++,
      owner,
      label,
      happen,
    };
    push(this.#planned, event);
    return event;
  }

  sleep(delayMs: number, label = 'wakes'): Promise<void> {
    const owner = this.current;
    return new Promise((resolve) => {
      this.after(delayMs, owner, label, resolve);
    });
  }

  tell(what: string): void {
    this.trace?.(this.nowMs, this.#current?.name ?? '', what);
  }

  /** Something was asked for that the simulation has no answer to: the run is of no use. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** @returns whether everything came to rest, within the bound on steps */
  untilQuiet(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      // Not from within a promise, as those of the run could not go on before it is through.
      setImmediate(() => {
        try {
          resolve(this.#runAll());
        } catch (error) {
          const failure = error as Error;
          reject(failure);
        }
      });
    });
  }

  #runAll(): boolean {
    for (let event = pop(this.#planned); event; event = pop(this.#planned)) {
      if (event.isCancelled) continue;
      const { process } = event.owner;
      if (process && !process.isAlive) continue;
      if (process && process.frozenUntilMs > event.atMs) {
        event.atMs = process.frozenUntilMs;
        push(this.#planned, event);
        continue;
      }
      if (++this.steps > this.maxSteps) return false;
      this.nowMs = event.atMs;
      this.#current = event.owner;
      this.courseHash =
        (Math.imul(this.courseHash, 31) + hashText(event.label, hashText(event.owner.name))) | 0;
      this.trace?.(this.nowMs, event.owner.name, event.label);
      event.happen();
      settleAll();
      if (this.#failure) throw this.#failure.error;
    }
    this.#current = undefined;
    return true;
  }

  /** What is set going by `work` goes on as the owner's. */
  as(owner: Owner, work: () => void): void {
    const before = this.#current;
    this.#current = owner;
    work();
    this.#current = before;
  }
}

setFlagsFromString('--allow-natives-syntax');
/**
 * Lets every promise that can go on do so, here and now. Waiting a turn of the event loop for that does the same, and takes a
 * third of the time of a run.
 */
// eslint-disable-next-line @typescript-eslint/no-implied-eval -- V8 has no other name for it
export const settleAll = new Function('%PerformMicrotaskCheckpoint()') as () => void;

const isBefore = (a: Planned, b: Planned) => a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);

/** A binary heap. */
function push(heap: Planned[], event: Planned): void {
  let place = heap.push(event) - 1;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above] as Planned;
    if (!isBefore(event, parent)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = event;
}

function pop(heap: Planned[]): Planned | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    let below = 2 * place + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1] as Planned, heap[below] as Planned)) below++;
    const child = heap[below] as Planned;
    if (!isBefore(child, last)) break;
    heap[place] = child;
    place = below;
  }
  heap[place] = last;
  return first;
}

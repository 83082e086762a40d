import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOADER = fileURLToPath(new URL('./worker.mjs', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** What is put between a worker and its libraries, by the file's URL. */
export type Preload = URL;

/** A worker in a process of its own: loaded first, which takes longest, and started when it is needed. */
export class WorkerProcess {
  /** When the process was gone, on the clock of `performance.now()`. */
  readonly goneAt: Promise<number>;
  /** What it said last, as it died. */
  killedAt: string | undefined;
  private readonly output: string[] = [];
  private ready: (() => void) | undefined;

  private constructor(readonly child: ChildProcess) {
    this.goneAt = once(child, 'exit').then(() => performance.now());
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) throw new Error('The output of the process is not read.');
      createInterface({ input: stream }).on('line', (line) => {
        this.hear(line);
      });
    }
  }

  /** Resolves once the process has loaded everything. */
  static async load(env: Record<string, string>, preloads: Preload[] = []): Promise<WorkerProcess> {
    const done = await aTurnToLoad();
    try {
      return await WorkerProcess.fork(env, preloads);
    } finally {
      done();
    }
  }

  private static async fork(env: Record<string, string>, preloads: Preload[]): Promise<WorkerProcess> {
    const child = fork(LOADER, {
      env: { ...process.env, ...env, PROOF_PRELOADS: preloads.join(' ') },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    const worker = new WorkerProcess(child);
    await worker.unlessGone(once(child, 'message'));
    return worker;
  }

  get isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Resolves once it works. */
  async start(): Promise<void> {
    const started = new Promise<void>((resolve) => (this.ready = resolve));
    this.child.send({ start: true });
    await this.unlessGone(started);
  }

  /** Has it die at its so-many-th passing of a point, from now on. */
  async arm(point: string, passings: number): Promise<void> {
    this.child.send({ arm: { point, passings } });
    await this.unlessGone(once(this.child, 'message'));
  }

  /** Has its clock be wrong by so much, where it has one that can be told to. */
  async setClock(aheadMs: number): Promise<void> {
    this.child.send({ clockAheadMs: aheadMs });
    await this.unlessGone(once(this.child, 'message'));
  }

  async kill(): Promise<void> {
    if (!this.isGone) this.child.kill('SIGKILL');
    await this.goneAt;
  }

  private async unlessGone<T>(what: Promise<T>): Promise<T> {
    const gone = this.goneAt.then(() => {
      throw new Error(`The worker ended before it was ready:\n${this.output.slice(-20).join('\n')}`);
    });
    gone.catch(() => undefined);
    return await Promise.race([what, gone]);
  }

  private hear(line: string): void {
    this.output.push(line);
    if (this.output.length > 200) this.output.shift();
    if (line.includes('"event":"worker.started"')) this.ready?.();
    if (line.startsWith('{"killedAt"')) this.killedAt = (JSON.parse(line) as { killedAt: string }).killedAt;
  }
}

/** Worker processes run what is built, as users do. */
export function ensureBuilt(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build-if-stale.mjs'], {
    cwd: PROJECT,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The build failed.');
}

/** Loading takes a processor for more than a second: where all did so at a time, none of those that work could go on. */
const LOADING_AT_A_TIME = 2;
let loading = 0;
const waiting: (() => void)[] = [];

async function aTurnToLoad(): Promise<() => void> {
  if (loading >= LOADING_AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
  else loading++;
  return () => {
    const next = waiting.shift();
    if (next) next();
    else loading--;
  };
}

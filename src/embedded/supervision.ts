import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.mjs', import.meta.url));
const LOG_LINES_SHOWN = 15;
const READINESS_LOOKS_EVERY_MS = 25;

export interface SupervisionOptions {
  /** Part of the temporary folder's name. */
  name: string;
  /** The folder in which the temporary folder is made; the system's own by default. */
  under?: string;
  /** Ends the supervision, and with it every process, when aborted. */
  signal?: AbortSignal | undefined;
}

export interface RunOptions {
  /** What the process is called in errors. */
  name: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number | undefined;
  gid?: number | undefined;
  /** How it is asked to end; five seconds later it is killed. */
  endSignal?: NodeJS.Signals;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

type ProcessNews =
  | { type: 'started'; id: number; pid: number }
  | { type: 'failed'; id: number; reason: string }
  | { type: 'exited'; id: number; code: number | null; signal: NodeJS.Signals | null };

type SupervisorMessage =
  { type: 'ready'; folder: string } | { type: 'unusable'; reason: string } | ProcessNews;

/** A process that ends, at the latest, when this process does, however this process ends. */
export class SupervisedProcess {
  exit: Exit | undefined;

  constructor(
    readonly name: string,
    readonly pid: number,
    readonly exited: Promise<Exit>,
    private readonly logFile: string,
  ) {
    void exited.then((exit) => (this.exit = exit));
  }

  kill(signal: NodeJS.Signals): void {
    if (this.exit === undefined) process.kill(this.pid, signal);
  }

  async log(): Promise<string> {
    return readFile(this.logFile, 'utf8').catch(() => '');
  }

  /** An error of this process, with the end of what it printed. */
  async failure(what: string): Promise<Error> {
    // A Go program that panics prints the reason first, and then stacks of hundreds of lines.
    const [log = ''] = (await this.log()).split(/^goroutine \d+ \[/m);
    const lines = log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
    return new Error([`${this.name} ${what}`, ...lines.filter(Boolean)].join('\n    '));
  }

  /** Resolves when the process has ended well; rejects when it failed or took too long, and then ends it. */
  async succeeded({ withinMs }: { withinMs: number }): Promise<void> {
    const patience = new AbortController();
    const exit = await Promise.race([this.exited, delay(withinMs, undefined, { signal: patience.signal })]);
    patience.abort();
    if (exit?.code === 0) return;
    if (exit) throw await this.failure(describeExit(exit));
    process.kill(-this.pid, 'SIGKILL');
    throw await this.failure(`took longer than ${withinMs / 1_000} s`);
  }

  /** Resolves once `isReady` says so; rejects when the process is gone or was not ready in time. */
  async ready(isReady: () => Promise<boolean>, { withinMs }: { withinMs: number }): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!(await isReady()) || this.exit) {
      if (this.exit) throw await this.failure(describeExit(this.exit));
      if (Date.now() > deadline) throw await this.failure(`was not ready within ${withinMs / 1_000} s`);
      await delay(READINESS_LOOKS_EVERY_MS);
    }
  }
}

/** Runs processes that never outlive this one, and keeps a temporary folder that does not either. */
export class Supervision {
  private readonly news = new EventEmitter().setMaxListeners(0);
  private nextId = 0;
  private readonly gone: Promise<unknown>;

  private constructor(
    private readonly supervisor: ChildProcess,
    readonly folder: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.gone = supervisor.exitCode === null ? once(supervisor, 'exit') : Promise.resolve();
    supervisor.on('message', (message: SupervisorMessage) => {
      if ('id' in message) this.news.emit(message.type === 'exited' ? 'exited' : 'answer', message);
    });
    signal?.addEventListener('abort', this.abort, { once: true });
    if (signal?.aborted) this.abort();
  }

  static async open({ name, under = tmpdir(), signal }: SupervisionOptions): Promise<Supervision> {
    signal?.throwIfAborted();
    const prefix = path.join(under, `environment-document-sync-${name}-`);
    const supervisor = fork(SUPERVISOR, [prefix], {
      detached: true,
      execArgv: [],
      cwd: path.parse(under).root,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await Promise.race([
      once(supervisor, 'message'),
      once(supervisor, 'exit').then(() => [{ type: 'unusable', reason: 'its process ended' }]),
    ])) as [SupervisorMessage];
    if (message.type === 'ready') return new Supervision(supervisor, message.folder, signal);
    if (supervisor.connected) supervisor.disconnect();
    throw new Error(
      `No temporary folder at ${prefix}: ${'reason' in message ? message.reason : message.type}`,
    );
  }

  async run(command: string, args: string[], options: RunOptions): Promise<SupervisedProcess> {
    const { name, endSignal = 'SIGTERM', ...spawnOptions } = options;
    const id = this.nextId++;
    const logFile = path.join(this.folder, `${id}.log`);
    // Both are listened for beforehand: a process may end before its start was looked at.
    const answered = this.newsOf('answer', id);
    const exited = this.newsOf('exited', id).then((news) => {
      return news?.type === 'exited'
        ? { code: news.code, signal: news.signal }
        : { code: null, signal: null };
    });
    const message = { type: 'run', id, command, args, logFile, endSignal, options: spawnOptions };
    // A failed send means that the supervisor has gone, which is an answer as well.
    if (this.supervisor.connected) this.supervisor.send(message, () => undefined);

    const answer = await answered;
    if (answer?.type === 'started') return new SupervisedProcess(name, answer.pid, exited, logFile);
    throw new Error(
      `${name} did not start: ${answer?.type === 'failed' ? answer.reason : 'was asked to end'}`,
    );
  }

  /** Ends the processes, removes the folder, and resolves when both are gone. */
  async end(): Promise<void> {
    this.signal?.removeEventListener('abort', this.abort);
    if (this.supervisor.connected) this.supervisor.send({ type: 'end' }, () => undefined);
    await this.gone;
    // Once more: we may have been writing into it when an abort had it removed.
    await rm(this.folder, { recursive: true, force: true });
  }

  private readonly abort = (): void => {
    void this.end();
  };

  private newsOf(event: 'answer' | 'exited', id: number): Promise<ProcessNews | undefined> {
    const news = new Promise<ProcessNews>((resolve) => {
      const listener = (message: ProcessNews) => {
        if (message.id !== id) return;
        this.news.off(event, listener);
        resolve(message);
      };
      this.news.on(event, listener);
    });
    return Promise.race([news, this.gone.then(() => undefined)]);
  }
}

function describeExit({ code, signal }: Exit): string {
  if (code !== null) return `ended with exit code ${code}`;
  return signal === null ? 'was asked to end' : `was ended by ${signal}`;
}

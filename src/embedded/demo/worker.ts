import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../freePorts.js';
import type { SupervisedProcess, Supervision } from '../supervision.js';
import type { Narrator } from './narrate.js';

const PROJECT_FOLDER = fileURLToPath(new URL('../../..', import.meta.url));
export const COMMAND = 'dist/cli/main.js';
const READY_WITHIN_MS = 30_000;
const FAILURES_ACCEPTED = 5;
const LOG_LINES_SHOWN = 8;

/**
 * The product's worker in a process of its own, as in production: whenever it was killed another one is started. It
 * ends with the demo, however that ends.
 */
export class DemoWorker {
  private current: SupervisedProcess | undefined;
  private readonly earlier: SupervisedProcess[] = [];
  private port = 0;
  private stopping = false;
  private readonly keeping: Promise<void>;

  constructor(
    private readonly supervision: Supervision,
    private readonly env: Record<string, string>,
    private readonly narrator: Narrator,
  ) {
    this.keeping = this.keepRunning();
    this.keeping.catch(() => undefined); // `failed` is where it is waited for
  }

  get pid(): number | undefined {
    return this.current?.pid;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** One file for each process, in the order they were started. */
  get logFiles(): string {
    return path.join(this.supervision.folder, '*.log');
  }

  /** What all of its processes have logged so far. */
  async log(): Promise<string> {
    const processes = [...this.earlier, ...(this.current ? [this.current] : [])];
    return (await Promise.all(processes.map((process) => process.log()))).join('');
  }

  /** Rejects when the worker failed so often that no more is started. */
  async failed(): Promise<never> {
    await this.keeping;
    return await new Promise(() => undefined);
  }

  /** Resolves once it serves. */
  async ready(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await this.isReady())) {
      if (Date.now() > deadline) {
        const what = `was not ready within ${READY_WITHIN_MS / 1_000} s`;
        throw (await this.current?.failure(what)) ?? new Error(`The worker ${what}.`);
      }
      await Promise.race([delay(50, undefined, { signal }), this.failed()]);
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.supervision.end();
  }

  private async isReady(): Promise<boolean> {
    return fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  private async keepRunning(): Promise<void> {
    for (let failures = 0; ;) {
      // The port stays over a kill, and with it the links; a failure may have been somebody else's taking it.
      if (failures > 0 || this.port === 0) [this.port = 0] = await freePorts(1);
      const worker = await this.start();
      const { code, signal } = await worker.exited;
      if (this.stopping) return;

      this.earlier.push(worker);
      if (code === null) {
        this.narrator.event(
          `The worker ${worker.pid} was killed (${signal ?? 'unknown signal'}): starting another.\nWhat it had under way comes to the new one after 10 s without a sign of life.`,
        );
        continue;
      }
      failures++;
      const log = (await worker.log()).trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
      this.narrator.event([`The worker ${worker.pid} ended with status ${code}:`, ...log].join('\n'));
      if (failures === FAILURES_ACCEPTED) throw new Error(`The worker ended by itself ${failures} times.`);
    }
  }

  private async start(): Promise<SupervisedProcess> {
    this.current = undefined;
    const worker = await this.supervision.run(
      process.execPath,
      [path.join(PROJECT_FOLDER, COMMAND), 'worker'],
      {
        name: 'worker',
        env: { ...this.env, HTTP_PORT: String(this.port) },
        cwd: this.supervision.folder,
      },
    );
    this.current = worker;
    this.narrator.event(`Worker: process ${worker.pid}, node ${COMMAND} worker`);
    return worker;
  }
}

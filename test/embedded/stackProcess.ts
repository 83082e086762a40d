import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendantsOf, whichAreAlive } from './processes.js';

const SCRIPT = fileURLToPath(new URL('./runStack.ts', import.meta.url));
/** A supervisor that was being loaded when it was left alone ends once it is loaded: on a busy machine that is what takes long. */
const GONE_WITHIN_MS = 60_000;

export interface StackAddresses {
  databaseUrl: string;
  dynamoEndpoint: string;
  temporalAddress: string;
  webUiUrl: string;
}

/** A process that runs a stack, with a folder for temporary files and a process group of its own. */
export class StackProcess {
  output = '';
  /** With all that it printed read. */
  private readonly exited: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly temporaryFiles: string,
  ) {
    this.exited = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  static async spawn(env: NodeJS.ProcessEnv = {}): Promise<StackProcess> {
    const temporaryFiles = await mkdtemp(path.join(tmpdir(), 'stack-test-'));
    // As root, PostgreSQL runs as somebody else, who has to get through to its data.
    await chmod(temporaryFiles, 0o755);
    const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT], {
      detached: true,
      env: { ...process.env, TEMPORAL_ADDRESS: '', TMPDIR: temporaryFiles, ...env },
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    });
    return new StackProcess(child, temporaryFiles);
  }

  get pid(): number {
    assert.ok(this.child.pid !== undefined);
    return this.child.pid;
  }

  /** What the stack says of itself once it is up. */
  async started(): Promise<StackAddresses> {
    const message = await Promise.race([once(this.child, 'message'), this.exited.then(() => undefined)]);
    assert.ok(message, `the stack did not start:\n${this.output}`);
    return message[0] as StackAddresses;
  }

  async stop(): Promise<void> {
    this.child.send('stop');
    await this.exited;
  }

  async exitCode(): Promise<number | null> {
    await this.exited;
    return this.child.exitCode;
  }

  /** To every process of its group, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  descendants(): Promise<number[]> {
    return descendantsOf(this.pid);
  }

  /** Fails unless the processes are gone, and all temporary files, after a while. */
  async assertNothingLeft(descendants: number[], withinMs = GONE_WITHIN_MS): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const left = { processes: await whichAreAlive(descendants), files: await this.files() };
      if (left.processes.length + left.files.length === 0) break;
      if (Date.now() > deadline) assert.deepEqual(left, { processes: [], files: [] });
      await delay(50);
    }
  }

  /** Whatever a failed test left running ends here. */
  async dispose(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await this.exited;
    }
    await rm(this.temporaryFiles, { recursive: true, force: true });
  }

  private async files(): Promise<string[]> {
    // tsx keeps its own cache and socket there.
    return (await readdir(this.temporaryFiles)).filter((name) => !name.startsWith('tsx-'));
  }
}

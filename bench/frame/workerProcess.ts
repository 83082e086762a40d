import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { imageEnvironment } from './imageEnvironment.js';
import type { LiveServers } from './liveSystem.js';

const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** The product's worker as it is built, in a process of its own with the image's variables; ready when this resolves. */
export async function startWorkerProcess({ env }: LiveServers): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [COMMAND, 'worker'], {
    env: { ...process.env, ...imageEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: worker.stdout });
  const started = new Promise<void>((resolve) => {
    // All are read: a pipe that nobody reads would hold the worker up.
    lines.on('line', (line) => {
      if (line.includes('"event":"worker.started"')) resolve();
    });
  });
  const ended = once(worker, 'exit').then(() => {
    throw new Error('The worker ended before it was ready.');
  });
  ended.catch(() => undefined);
  await Promise.race([started, ended]);
  return worker;
}

export async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
}

import assert from 'node:assert/strict';
import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the built command line, as users do, with nothing of this process's settings. */
export const startEnvsync = (args: string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, ['dist/cli/main.js', ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Runs it to its end. */
export const envsync = (...started: Parameters<typeof startEnvsync>): Promise<Ended> =>
  outcomeOf(startEnvsync(...started));

/** All that it prints, and the status that it ends with. */
export async function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
  const ended: Ended = { status: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()));
  ended.status = await endOf(child);
  return ended;
}

/** The status that it ends with, once all it printed has come. */
export const endOf = async (child: ChildProcess) => ((await once(child, 'close')) as [number | null])[0];

/** For the tests of a file that run the command line: what they run is what the sources say. */
export function useBuiltEnvsync(): void {
  before(function () {
    this.timeout(120_000);
    assert.equal(spawnSync(process.execPath, ['scripts/build-if-stale.mjs'], { stdio: 'inherit' }).status, 0);
  });
}

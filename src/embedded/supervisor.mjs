// Runs the processes it is told to run, and ends them when it is told to or when whoever told it has gone.
//
// A process killed with `kill -9` can clean up nothing, so its servers belong to this one, which sees the channel
// between the two close. It leads a process group of its own, as does each process it runs: Ctrl-C in a
// terminal reaches the asking process alone, which can then end its work in order while the servers still answer.
//
// Plain JavaScript, so that it starts without a loader, whether its user was compiled or runs through one.

import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const GRACE_MS = 5_000;
const REMOVAL_ATTEMPTS = 20;

const running = new Map();
let folder;
let ending = false;

process.on('disconnect', end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
process.on('message', (message) => {
  if (message.type === 'end') void end();
  else run(message);
});

try {
  folder = mkdtempSync(process.argv[2]);
  tell({ type: 'ready', folder });
} catch (error) {
  tell({ type: 'unusable', reason: error.message });
}
if (!process.connected) void end(); // it was gone before anybody listened

function run({ id, command, args, logFile, endSignal, options }) {
  if (ending) return;
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);

  child.once('error', (error) => tell({ type: 'failed', id, reason: error.message }));
  if (child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  running.set(id, { pid: child.pid, endSignal, exited });
  child.once('exit', (code, signal) => {
    running.delete(id);
    signalGroup(child.pid, 'SIGKILL'); // what it started itself, if it forgot it
    tell({ type: 'exited', id, code, signal });
  });
  tell({ type: 'started', id, pid: child.pid });
}

async function end() {
  if (ending) return;
  ending = true;
  await Promise.all([...running.values()].map(endProcess));
  await removeFolder();
  process.exit();
}

async function removeFolder() {
  if (folder === undefined) return;
  for (let attempt = 1; attempt <= REMOVAL_ATTEMPTS; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch {
      await delay(100); // somebody is still writing into it
    }
  }
}

async function endProcess({ pid, endSignal, exited }) {
  signalGroup(pid, endSignal);
  await Promise.race([exited, delay(GRACE_MS)]);
  signalGroup(pid, 'SIGKILL');
  await exited;
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}

function tell(message) {
  // The channel may close at any moment; `disconnect` is then the news, not the error of this send.
  if (process.connected) process.send(message, () => undefined);
}

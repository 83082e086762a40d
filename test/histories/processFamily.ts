import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Ends a process and its children at one moment, without their leave, and waits until they are gone. */
export async function killFamily(parent: number): Promise<void> {
  // A parent that is stopped first sees no child end, and starts none.
  process.kill(parent, 'SIGSTOP');
  const family = await familyOf(parent);
  for (const pid of family) signal(pid, 'SIGKILL');
  while ((await running()).some(({ pid }) => family.includes(pid))) await delay(10);
}

/** Runs `work` while neither the process nor one of its children does anything. */
export async function whileFrozen(parent: number, work: () => Promise<void>): Promise<void> {
  process.kill(parent, 'SIGSTOP');
  const family = await familyOf(parent);
  try {
    for (const pid of family) signal(pid, 'SIGSTOP');
    await work();
  } finally {
    for (const pid of family) signal(pid, 'SIGCONT');
  }
}

/** The children first. */
const familyOf = async (parent: number): Promise<number[]> => [
  ...(await running()).filter(({ parentPid }) => parentPid === parent).map(({ pid }) => pid),
  parent,
];

async function running(): Promise<{ pid: number; parentPid: number }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([pid, parentPid]) => ({ pid: Number(pid), parentPid: Number(parentPid) }));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It ended by itself.
  }
}

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

interface Process {
  pid: number;
  parent: number;
  state: string;
}

/** Ids of every process that the process started, and that those started, in groups of their own or not. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const processes = await runningProcesses();
  const found = [pid];
  // The list grows while it is read: each one found is asked for its children in turn.
  for (const parent of found) {
    found.push(...processes.filter((process) => process.parent === parent).map(({ pid }) => pid));
  }
  return found.slice(1);
}

/** Those that still run; one that ended and that nobody asked for its exit code yet does not. */
export async function whichAreAlive(pids: number[]): Promise<number[]> {
  const processes = await runningProcesses();
  return pids.filter((pid) => processes.some((process) => process.pid === pid));
}

async function runningProcesses(): Promise<Process[]> {
  const processes = process.platform === 'linux' ? await processesFromProc() : await processesFromPs();
  return processes.filter(({ state }) => state !== '' && !state.startsWith('Z'));
}

async function processesFromProc(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The name in the second field may hold spaces and parentheses itself.
      const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return { pid: Number(pid), parent: Number(parent), state };
    }),
  );
}

async function processesFromPs(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,state=']);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state };
  });
}

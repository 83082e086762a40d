import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openCacheFolder } from '../../src/embedded/temporalCli/cache.js';

const REQUIREMENTS = fileURLToPath(new URL('python/requirements.txt', import.meta.url));
const PREFIX = 'python-readers-';
const BEING_MADE = '.being-made-';
const ABANDONED_AFTER_MS = 3_600_000;
const INSTALLED_WITHIN_MS = 240_000;

const run = promisify(execFile);

/**
 * A Python that has the packages of `python/requirements.txt`, in a virtual environment in the user's cache folder; or
 * why this machine has none. A package that is not the one pinned is no reason but an error.
 */
export async function pythonWithPackages(): Promise<{ python: string } | { missing: string }> {
  const base = await findPython();
  if (!base) return { missing: 'no Python 3.11 or later answers as python3 or python' };
  const folder = await environmentFolder(base.description);
  if (existsSync(folder)) return { python: pythonIn(folder) };
  const making = `${folder}${BEING_MADE}${randomUUID()}`;
  try {
    const failure = await makeEnvironment(base.command, making);
    if (failure !== undefined) return { missing: failure };
    await rename(making, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // Else another run was faster.
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return { python: pythonIn(folder) };
}

async function findPython(): Promise<{ command: string; description: string } | undefined> {
  const describe = 'import sys; assert sys.version_info >= (3, 11); print(sys.version, sys.executable)';
  for (const command of ['python3', 'python']) {
    try {
      return { command, description: (await run(command, ['-I', '-c', describe])).stdout };
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Named after all that decides what is in it: it is never changed, and a Python that moved gets another. */
async function environmentFolder(pythonDescription: string): Promise<string> {
  const cacheFolder = await openCacheFolder(process.env);
  await clearAbandoned(cacheFolder);
  const contents = [await readFile(REQUIREMENTS), pythonDescription, process.platform, process.arch];
  const hash = contents.reduce((sum, content) => sum.update(content), createHash('sha256')).digest('hex');
  return path.join(cacheFolder, `${PREFIX}${hash.slice(0, 16)}`);
}

/** @returns what kept this machine from having it; undefined when it is made */
async function makeEnvironment(command: string, folder: string): Promise<string | undefined> {
  try {
    await run(command, ['-I', '-m', 'venv', folder]);
  } catch (error) {
    return `${command} makes no virtual environments: ${lastLine(error)}`;
  }
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--retries=1'];
  const pinned = ['--only-binary=:all:', '--require-hashes', '--requirement', REQUIREMENTS];
  const pip = ['-I', '-m', 'pip', 'install', ...quiet, ...pinned];
  try {
    await run(pythonIn(folder), pip, { timeout: INSTALLED_WITHIN_MS });
    return undefined;
  } catch (error) {
    if (String(error).includes('DO NOT MATCH THE HASHES')) throw error;
    return `pip cannot install Flagsmith's packages: ${lastLine(error)}`;
  }
}

/** What a killed run left behind. */
async function clearAbandoned(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (!name.startsWith(PREFIX) || !name.includes(BEING_MADE)) continue;
    const folder = path.join(cacheFolder, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(folder, { recursive: true, force: true });
  }
}

const pythonIn = (folder: string): string =>
  process.platform === 'win32'
    ? path.join(folder, 'Scripts', 'python.exe')
    : path.join(folder, 'bin', 'python');

const lastLine = (error: unknown): string => String(error).trim().split('\n').at(-1) ?? '';

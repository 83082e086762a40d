import { randomUUID } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';

const NAME = 'environment-document-sync';
const ABANDONED_AFTER_MS = 3_600_000;

/** Where a CLI of that version is kept, in a folder of this user. */
export function cachedFile(cacheFolder: string, version: string): string {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return path.join(cacheFolder, `temporal-cli-${version}-${process.platform}-${process.arch}${suffix}`);
}

/** The user's cache folder, or where it cannot be written one of the user's own among the temporary files. */
export async function openCacheFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const folder = path.join(usualCacheFolder(env), NAME);
  try {
    await mkdir(folder, { recursive: true });
    await clearAbandoned(folder);
    return folder;
  } catch {
    return temporaryCacheFolder();
  }
}

/** Puts a file into the cache at once or not at all: two starts and a kill half-way leave a whole file or none. */
export async function keepInCache(file: string, cached: string): Promise<void> {
  const partial = `${cached}.${randomUUID()}.partial`;
  try {
    await copyFile(file, partial);
    await chmod(partial, 0o755);
    await rename(partial, cached);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function usualCacheFolder(env: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (xdg !== undefined && path.isAbsolute(xdg)) return xdg;
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches');
  return process.platform === 'win32' && local !== undefined ? local : path.join(homedir(), '.cache');
}

/** Its name can be guessed, and what lies in it is executed: it must be ours, and closed to others. */
async function temporaryCacheFolder(): Promise<string> {
  const { uid } = userInfo();
  const folder = path.join(tmpdir(), `${NAME}-cache-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const isOurs = found.isDirectory() && (uid === -1 || (found.uid === uid && (found.mode & 0o077) === 0));
  if (!isOurs) throw new Error(`${folder} belongs to somebody else`);
  return folder;
}

/** Removes what a killed start left behind; also shows whether the folder can be written. */
async function clearAbandoned(folder: string): Promise<void> {
  const probe = path.join(folder, `${randomUUID()}.partial`);
  await mkdir(probe);
  await rm(probe, { recursive: true });
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (!name.endsWith('.partial')) continue;
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(file, { force: true });
  }
}

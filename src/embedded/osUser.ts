import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

export interface OsUser {
  name: string;
  uid: number;
  gid: number;
}

/** Whom PostgreSQL runs as, which refuses root: undefined when we are somebody else already. */
export async function unprivilegedUser(): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // Users that exist anyway: a demo must not add users to somebody's system.
  const user = (await osUser('postgres')) ?? (await osUser('nobody'));
  if (user) return user;
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody"');
}

async function osUser(name: string): Promise<OsUser | undefined> {
  const idOf = async (flag: string) => Number((await promisify(execFile)('id', [flag, name])).stdout);
  try {
    return { name, uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    return undefined;
  }
}

/** Whether the user may pass through every folder down to this one, and read it. */
export async function canReach(user: OsUser | undefined, folder: string): Promise<boolean> {
  if (!user) return true;
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    const wanted = at === path.resolve(folder) ? 0o5 : 0o1;
    if (((mode >> shift) & wanted) !== wanted) return false;
    if (at === path.dirname(at)) return true;
  }
}

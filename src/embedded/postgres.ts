import { randomBytes } from 'node:crypto';
import { access, chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { onFreePorts } from './freePorts.js';
import { canReach, unprivilegedUser, type OsUser } from './osUser.js';
import { postgresBinaries } from './postgresBinaries.js';
import { Supervision, type SupervisedProcess } from './supervision.js';

const DATABASE = 'flagsmith';
const SUPERUSER = 'postgres';
const START_WITHIN_MS = 60_000;

/** Nothing here is meant to survive the machine's crash; a test of crash recovery sets what it needs. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  fsync: 'off',
  full_page_writes: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export interface PostgresOptions {
  progress: (line: string) => void;
  /** Keeps the cluster in this folder and finds it again there; without it the cluster is gone after `stop`. */
  dataDir?: string | undefined;
  /** Server settings over the defaults, such as `{ fsync: 'on' }`. */
  settings?: Record<string, string>;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}

export interface EmbeddedPostgres {
  /** Of an empty database, as superuser. */
  url: string;
  /** The postmaster's. */
  pid: number;
  /** `immediate` leaves the cluster as a crash of the server does: the next start recovers it. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

interface Cluster {
  folder: string;
  password: string;
  native: string;
  user: OsUser | undefined;
}

/** Starts a PostgreSQL server of our own on a free port of 127.0.0.1. */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const user = await unprivilegedUser();
  const supervision = await Supervision.open({
    name: 'postgres',
    under: (await canReach(user, tmpdir())) ? tmpdir() : '/tmp',
    signal: options.signal,
  });
  try {
    await chmod(supervision.folder, 0o711);
    const cluster = await openCluster(supervision, user, options);
    const { port, server } = await onFreePorts(1, async (port) => ({
      port,
      server: await startServer(supervision, cluster, port, options),
    }));
    await createDatabase(urlOf(cluster, port, 'postgres'));
    return {
      url: urlOf(cluster, port, DATABASE),
      pid: server.pid,
      stop: async (mode = 'fast') => {
        if (mode === 'immediate') {
          server.kill('SIGQUIT');
          await server.exited;
        }
        await supervision.end();
      },
    };
  } catch (error) {
    await supervision.end();
    throw new Error(`PostgreSQL: ${(error as Error).message}`, { cause: error });
  }
}

async function openCluster(
  supervision: Supervision,
  user: OsUser | undefined,
  { progress, dataDir = supervision.folder }: PostgresOptions,
): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true });
  const folder = path.join(path.resolve(dataDir), 'postgres');
  const cluster = {
    folder,
    password: await passwordOf(folder, user),
    native: await postgresBinaries(user, supervision.folder),
    user,
  };
  if (await exists(folder)) return cluster;
  progress('PostgreSQL: creating a cluster');
  await createCluster(supervision, cluster);
  return cluster;
}

/** Read from beside the cluster, or made and written there for the next start and for initdb. */
async function passwordOf(clusterFolder: string, user: OsUser | undefined): Promise<string> {
  const file = `${clusterFolder}.password`;
  if (await exists(file)) return (await readFile(file, 'utf8')).trim();
  const password = randomBytes(16).toString('hex');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  if (user) await chown(file, user.uid, user.gid);
  return password;
}

/** The folder gets its name once the cluster is complete: a start that was cut off is simply begun again. */
async function createCluster(supervision: Supervision, { folder, native, user }: Cluster): Promise<void> {
  const incomplete = `${folder}.incomplete`;
  await rm(incomplete, { recursive: true, force: true });
  await mkdir(incomplete, { mode: 0o700 });
  if (user) {
    await chown(incomplete, user.uid, user.gid);
    if (!(await canReach(user, incomplete))) {
      throw new Error(`the user ${user.name}, whom it runs as instead of root, cannot reach ${folder}`);
    }
  }
  const initdb = await supervision.run(
    path.join(native, 'bin', 'initdb'),
    [
      ['--pgdata', incomplete],
      ['--username', SUPERUSER],
      ['--auth', 'scram-sha-256'],
      ['--pwfile', `${folder}.password`],
      ['--encoding', 'UTF8'],
      ['--locale', 'C'],
      ['--no-sync', '--no-instructions', '--no-data-checksums'],
    ].flat(),
    { name: 'initdb', cwd: incomplete, env: serverEnv(), uid: user?.uid, gid: user?.gid },
  );
  await initdb.succeeded({ withinMs: START_WITHIN_MS });
  await rename(incomplete, folder);
}

async function startServer(
  supervision: Supervision,
  { folder, native, user }: Cluster,
  port: number,
  { progress, dataDir, settings }: PostgresOptions,
): Promise<SupervisedProcess> {
  progress(`PostgreSQL: starting on port ${port}`);
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
  const server = await supervision.run(
    path.join(native, 'bin', 'postgres'),
    ['-D', folder, '-p', String(port), ...flags],
    {
      name: 'postgres',
      cwd: folder,
      env: serverEnv(),
      uid: user?.uid,
      gid: user?.gid,
      // A cluster that is thrown away needs no last checkpoint.
      endSignal: dataDir === undefined ? 'SIGQUIT' : 'SIGINT',
    },
  );
  await server.ready(() => isReady(folder, server.pid), { withinMs: START_WITHIN_MS });
  return server;
}

/**
 * Asks the cluster's own lock file, as pg_ctl does: whoever answers on the port might be another server that
 * took the port a moment before.
 */
async function isReady(folder: string, pid: number): Promise<boolean> {
  const lines = (await readFile(path.join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

async function createDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    const existing = await sql`select from pg_database where datname = ${DATABASE}`;
    if (existing.count === 0) await sql`create database ${sql(DATABASE)}`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function urlOf({ password }: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/** Without the PG* variables, which would change what the server does. */
function serverEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { connectDatabase } from '../../src/db/connect.js';
import { migrate } from '../../src/db/migrate.js';
import { canReach, unprivilegedUser } from '../../src/embedded/osUser.js';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import type { TestDatabase } from '../support/database.js';
import type { TestSystem } from '../support/system.js';
import { FrontDoor } from './frontDoor.js';
import { killFamily, whileFrozen } from './processFamily.js';

type Settings = Record<string, string>;

/**
 * What is not committed synchronously stays in the server's memory, where a crash loses it. The operating system
 * survives, so nothing has to reach the disk itself.
 */
const SETTINGS: Settings = {
  full_page_writes: 'on',
  wal_writer_delay: '10s',
  wal_writer_flush_after: '1GB',
  autovacuum: 'off',
};

/** Where clusters are kept together, to be gone together. */
interface Home {
  folder: string;
  clusters: Cluster[];
}

/** A PostgreSQL cluster with one database, at the same address over all its starts. */
export class Cluster {
  private server: EmbeddedPostgres | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly door: FrontDoor,
    readonly database: TestDatabase,
    private readonly home: Home,
  ) {
    home.clusters.push(this);
  }

  /** A new one, running, with the database of the instance. */
  static async create(instanceName: string, home: Home): Promise<Cluster> {
    const dataDir = await makeFolder(home.folder);
    const server = await startPostgres({ progress: () => undefined, dataDir, settings: SETTINGS });
    const door = await FrontDoor.open();
    const cluster = new Cluster(dataDir, door, databaseBehind(door, instanceName, server.url), home);
    cluster.server = server;
    door.leadTo(cluster.port);
    await migrate(cluster.database.db, { instanceName, creationEnabled: true, baseline: true });
    return cluster;
  }

  /** Where the server itself listens since its last start. */
  get port(): number {
    return portOf(this.running.url);
  }

  async start(settings: Settings = {}): Promise<void> {
    assert.equal(this.server, undefined);
    const { dataDir } = this;
    this.server = await startPostgres({
      progress: () => undefined,
      dataDir,
      settings: { ...SETTINGS, ...settings },
    });
    this.door.leadTo(this.port);
  }

  /** In order: everything is on disk. */
  async stop(): Promise<void> {
    await this.running.stop();
    this.server = undefined;
  }

  /** What was only in the server's memory is lost. */
  async kill(): Promise<void> {
    await killFamily(this.running.pid);
    await this.stop();
  }

  /** From now to the kill what is not committed synchronously stays in memory: now and then the WAL writer would flush it. */
  async holdWalWriter(): Promise<void> {
    const [writer] = await this.database.sql<{ pid: number }[]>`
      SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'`;
    assert.ok(writer);
    process.kill(writer.pid, 'SIGSTOP');
  }

  async crash(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Its database at another address. */
  urlAt(door: FrontDoor): string {
    return withPort(this.database.url, door.port);
  }

  /** Resolves once this standby shows all that was committed there synchronously. */
  async catchUpWith({ database: { db } }: Cluster): Promise<void> {
    const [end] = await db<{ lsn: string }[]>`SELECT pg_current_wal_lsn()::text AS lsn`;
    const isThere = async () => {
      const [row] = await this.database.db<{ there: boolean }[]>`
        SELECT pg_last_wal_replay_lsn() >= ${end!.lsn}::pg_lsn AS there`;
      return row!.there;
    };
    while (!(await isThere())) await delay(10);
  }

  /** Resolves once a recovery has ended in a promotion. */
  async untilPrimary(): Promise<void> {
    const isInRecovery = async () => {
      const [row] = await this.database.db<{ here: boolean }[]>`SELECT pg_is_in_recovery() AS here`;
      return row!.here;
    };
    while (await isInRecovery()) await delay(10);
  }

  async promote(): Promise<void> {
    await this.database.db`SELECT pg_promote()`;
  }

  /** A copy of the stopped cluster; not started, and to be started as what the signal file says. */
  async copy(signalFile?: 'standby.signal' | 'recovery.signal'): Promise<Cluster> {
    const dataDir = await makeFolder(this.home.folder);
    await promisify(execFile)('cp', ['-a', this.folder, `${this.folder}.password`, dataDir]);
    const door = await FrontDoor.open();
    const { name, url } = this.database;
    const cluster = new Cluster(dataDir, door, databaseBehind(door, name, url), this.home);
    if (signalFile) await writeFile(path.join(cluster.folder, signalFile), '');
    return cluster;
  }

  /** A copy as a snapshot of the disk gives it: of the running cluster, all of it at one moment. */
  async copyRunning(): Promise<Cluster> {
    let copy: Cluster | undefined;
    await whileFrozen(this.running.pid, async () => {
      copy = await this.copy();
      await rm(path.join(copy.folder, 'postmaster.pid'));
    });
    assert.ok(copy);
    return copy;
  }

  /** A standby that is not started yet, with what it is to be started with. */
  async copyAsStandby(): Promise<{ standby: Cluster; streaming: Settings }> {
    await this.stop();
    const standby = await this.copy('standby.signal');
    await this.start();
    const { hostname, port, username, password } = new URL(this.database.url);
    return {
      standby,
      streaming: {
        primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}`,
        wal_retrieve_retry_interval: '100ms',
      },
    };
  }

  /** What another cluster is started with to read the WAL of this one, which is stopped. */
  asArchive(): Settings {
    return { restore_command: `cp "${path.join(this.folder, 'pg_wal')}/%f" "%p"` };
  }

  async close(): Promise<void> {
    const { sql, db } = this.database;
    try {
      await Promise.all([sql.end({ timeout: 1 }), db.end()]);
    } finally {
      if (this.server) await this.stop();
      await this.door.close();
    }
  }

  private get folder(): string {
    return path.join(this.dataDir, 'postgres');
  }

  private get running(): EmbeddedPostgres {
    assert.ok(this.server, 'the cluster runs');
    return this.server;
  }
}

/** Clusters of the calling `describe`'s own, for the instance of its system; gone after its last test. */
export function useClusters(system: TestSystem): { create(): Promise<Cluster> } {
  const home: Home = { folder: '', clusters: [] };
  before(async () => {
    // Where the user that PostgreSQL runs as gets to as well.
    home.folder = await makeFolder((await canReach(await unprivilegedUser(), tmpdir())) ? tmpdir() : '/tmp');
  });
  after(async () => {
    const closed = await Promise.allSettled(home.clusters.map((cluster) => cluster.close()));
    await rm(home.folder, { recursive: true });
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  });
  return { create: () => Cluster.create(system.database.name, home) };
}

function databaseBehind(door: FrontDoor, name: string, serverUrl: string): TestDatabase {
  const url = withPort(serverUrl, door.port);
  return {
    name,
    url,
    sql: postgres(url, { onnotice: () => undefined, connection: { TimeZone: 'UTC' }, max: 4 }),
    db: connectDatabase(url, { applicationName: 'tested' }),
  };
}

async function makeFolder(under: string): Promise<string> {
  const folder = await mkdtemp(path.join(under, 'environment-document-sync-clusters-'));
  await chmod(folder, 0o755);
  return folder;
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

const portOf = (url: string) => Number(new URL(url).port);

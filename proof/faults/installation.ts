import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connectDatabase } from '../../src/db/connect.js';
import { startDynamo } from '../../src/embedded/dynamo.js';
import { canReach, unprivilegedUser } from '../../src/embedded/osUser.js';
import { type EmbeddedTemporalServer, startTemporalServer } from '../../src/embedded/temporalServer.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../src/workflows/searchAttributes.js';
import { Cluster } from '../../test/histories/cluster.js';
import { openPlaceOn, type Place } from './place.js';
import { TcpFaultProxy } from './tcpFaultProxy.js';
import { type Preload, WorkerProcess } from './workerProcess.js';

/** Whom a worker works with. */
export const UPSTREAMS = ['database', 'temporal', 'dynamo'] as const;
export type Upstream = (typeof UPSTREAMS)[number];

/**
 * An installation with servers of its own, each of which may be stopped, killed or replaced. The worker reaches them through
 * `ways`, which may be broken; whoever looks on and changes data reaches them directly.
 */
export class Installation {
  private isClosed = false;

  private constructor(
    readonly folder: string,
    private readonly clusters: Cluster[],
    private inUse: Cluster,
    private temporal: EmbeddedTemporalServer,
    private readonly dynamo: Awaited<ReturnType<typeof startDynamo>>,
    readonly ways: Record<Upstream, TcpFaultProxy>,
    private readonly direct: Record<'database' | 'temporal', TcpFaultProxy>,
    readonly place: Place,
    readonly worker: WorkerProcess,
  ) {}

  /** @param name of the database, the tables and the instance */
  static async open(name: string, preloads: Preload[] = []): Promise<Installation> {
    const under = (await canReach(await unprivilegedUser(), tmpdir())) ? tmpdir() : '/tmp';
    const folder = await mkdtemp(path.join(under, 'environment-document-sync-faults-'));
    await promisify(execFile)('chmod', ['755', folder]);
    const clusters: Cluster[] = [];
    const [cluster, temporal, dynamo] = await Promise.all([
      Cluster.create(name, { folder, clusters }),
      startTemporal(folder),
      startDynamo(),
    ]);
    const direct = {
      database: await TcpFaultProxy.open(cluster.port),
      temporal: await TcpFaultProxy.open(portOf(temporal.address)),
    };
    const databaseUrl = atPort(cluster.database.url, direct.database.port);
    const db = connectDatabase(databaseUrl, { applicationName: 'proof', statementTimeoutMs: 5_000 });
    const ways = {
      database: await TcpFaultProxy.open(cluster.port),
      temporal: await TcpFaultProxy.open(portOf(temporal.address)),
    };
    const place = await openPlaceOn(
      { dynamoEndpoint: dynamo.endpoint, temporalAddress: addressOf(direct.temporal) },
      { name, databaseUrl, db },
      {
        databaseUrl: atPort(cluster.database.url, ways.database.port),
        temporalAddress: addressOf(ways.temporal),
      },
    );
    const dynamoWay = await TcpFaultProxy.open(portOf(place.dynamoProxy.endpoint));
    place.env['AWS_ENDPOINT_URL_DYNAMODB'] = `http://${addressOf(dynamoWay)}`;
    const worker = await WorkerProcess.load(place.env, preloads);
    await worker.start();
    return new Installation(
      ...([folder, clusters, cluster, temporal, dynamo, { ...ways, dynamo: dynamoWay }] as const),
      ...([direct, place, worker] as const),
    );
  }

  /** The cluster that is in use. */
  get cluster(): Cluster {
    return this.inUse;
  }

  /** All connections to PostgreSQL lead there from now on, where the cluster listens since its last start. */
  leadTo(cluster: Cluster): void {
    this.inUse = cluster;
    for (const door of [this.ways.database, this.direct.database]) {
      door.leadTo(cluster.port);
      door.cut();
    }
  }

  async stopTemporal(): Promise<void> {
    await this.temporal.stop();
  }

  /** With the workflows that it had. */
  async startTemporal(): Promise<void> {
    this.temporal = await startTemporal(this.folder);
    for (const door of [this.ways.temporal, this.direct.temporal]) door.leadTo(portOf(this.temporal.address));
  }

  /** Nothing of the server does anything until it is told to go on. */
  async freezeTemporal(frozen: boolean): Promise<void> {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,args=']);
    const port = portOf(this.temporal.address);
    const line = stdout
      .split('\n')
      .find((line) => line.includes(`start-dev`) && line.includes(`--port ${port}`));
    if (!line) throw new Error('The Temporal server is not among the processes.');
    process.kill(parseInt(line), frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Tries until it succeeds: PostgreSQL or Temporal may be away meanwhile, for as long as an outage lasts. */
  async insist<T>(work: () => Promise<T>): Promise<T> {
    const endsAt = performance.now() + INSISTS_FOR_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.isClosed || performance.now() > endsAt) throw error;
        await delay(100);
      }
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.worker.kill();
    await this.place.close();
    await Promise.all(
      [...Object.values(this.ways), ...Object.values(this.direct)].map((door) => door.close()),
    );
    await Promise.allSettled(this.clusters.map((cluster) => cluster.close()));
    await Promise.all([this.temporal.stop(), this.dynamo.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

const INSISTS_FOR_MS = 600_000;

const startTemporal = (folder: string) =>
  startTemporalServer({
    progress: () => undefined,
    dataDir: path.join(folder, 'temporal'),
    env: { ...process.env, TEMPORAL_ADDRESS: undefined },
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const)),
  });

const portOf = (address: string) =>
  Number(new URL(address.includes('//') ? address : `tcp://${address}`).port);
const addressOf = ({ port }: TcpFaultProxy) => `127.0.0.1:${port}`;

function atPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

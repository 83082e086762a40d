import { setTimeout as delay } from 'node:timers/promises';
import { startRebuild } from '../../src/syncs/startRebuild.js';
import type { DynamoFault } from './dynamoFaultProxy.js';
import { spendTransactions } from './flagsmith.js';
import type { Installation, Upstream } from './installation.js';
import type { NetworkFault } from './tcpFaultProxy.js';

/** Something that goes wrong, with everything under way. */
export interface FaultKind {
  name: string;
  /** Begins it; what it resolves with heals it, which is over when that resolves. */
  breaks: (installation: Installation, scene: FaultScene) => Promise<() => Promise<void>>;
  /** PostgreSQL is away, or goes on from another moment: nobody changes anything before the healing. */
  withoutDatabase?: true;
}

/** What a fault may have happen before it is complete. */
export interface FaultScene {
  environmentIds: number[];
  /** Changes them all once more. */
  change(): Promise<void>;
  /** Resolves once all documents are as they ought to be, and the outbox is empty. */
  settled(): Promise<void>;
}

const network = (upstream: Upstream, name: string, fault: NetworkFault): FaultKind => ({
  name: `${upstream}: ${name}`,
  async breaks({ ways }) {
    await ways[upstream].breakWith(fault);
    return () => ways[upstream].heal();
  },
});

const cuts = (upstream: Upstream): FaultKind => ({
  name: `${upstream}: connections cut again and again`,
  breaks({ ways }) {
    const cutting = setInterval(() => {
      ways[upstream].cut();
    }, 300);
    return Promise.resolve(() => {
      clearInterval(cutting);
      return Promise.resolve();
    });
  },
});

const answers = (name: string, fault: DynamoFault): FaultKind => ({
  name: `dynamo: ${name}`,
  breaks({ place: { dynamoProxy } }) {
    dynamoProxy.breakWith(fault);
    return Promise.resolve(() => {
      dynamoProxy.heal();
      return Promise.resolve();
    });
  },
});

const clock = (name: string, aheadMs: number): FaultKind => ({
  name: `worker: clock ${name}`,
  async breaks({ worker }) {
    await worker.setClock(aheadMs);
    return () => worker.setClock(0);
  },
});

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const FAULT_KINDS: FaultKind[] = [
  {
    name: 'database: a backend killed, which restarts all of them',
    async breaks(installation) {
      const [backend] = await installation.place.db<{ pid: number }[]>`
        SELECT pid FROM pg_stat_activity WHERE application_name = 'environment-document-sync' LIMIT 1`;
      if (!backend) throw new Error('The worker has no connection.');
      process.kill(backend.pid, 'SIGKILL');
      return () => Promise.resolve();
    },
  },
  {
    name: 'database: stopped at once, and recovered from that',
    withoutDatabase: true,
    async breaks(installation) {
      const { cluster } = installation;
      process.kill(await postmaster(installation), 'SIGQUIT');
      await cluster.stop();
      return async () => {
        await cluster.start();
        installation.leadTo(cluster);
      };
    },
  },
  {
    name: 'database: killed, with all of its processes',
    withoutDatabase: true,
    async breaks(installation) {
      const { cluster } = installation;
      await cluster.kill();
      return async () => {
        await cluster.start();
        installation.leadTo(cluster);
      };
    },
  },
  {
    name: 'database: restarted in order',
    withoutDatabase: true,
    async breaks(installation) {
      const { cluster } = installation;
      await cluster.stop();
      return async () => {
        await cluster.start();
        installation.leadTo(cluster);
      };
    },
  },
  {
    name: 'database: killed, and transaction ids used a second time',
    withoutDatabase: true,
    async breaks(installation, scene) {
      const { cluster, place } = installation;
      await scene.settled();
      await cluster.holdWalWriter();
      await spendTransactions(place.db);
      // Nothing is committed by these: what was spent is still in the server's memory alone.
      for (const environmentId of scene.environmentIds) {
        const settings = { instanceName: place.name, taskQueue: place.name };
        await (await startRebuild(place.client, settings, { environmentId })).result();
      }
      await cluster.kill();
      return async () => {
        await cluster.start();
        installation.leadTo(cluster);
      };
    },
  },
  {
    name: 'database: failed over to a standby',
    withoutDatabase: true,
    async breaks(installation, scene) {
      const primary = installation.cluster;
      const { standby, streaming } = await primary.copyAsStandby();
      installation.leadTo(primary);
      await standby.start(streaming);
      await scene.change();
      await standby.catchUpWith(primary);
      await primary.kill();
      installation.leadTo(standby);
      return async () => {
        await standby.promote();
        await standby.untilPrimary();
      };
    },
  },
  {
    name: 'database: restored to a point in time before the last changes',
    withoutDatabase: true,
    async breaks(installation, scene) {
      const original = installation.cluster;
      await original.stop();
      const base = await original.copy('recovery.signal');
      await original.start();
      installation.leadTo(original);
      await scene.change();
      await original.database.db`SELECT pg_create_restore_point('wanted')`;
      await scene.change();
      await scene.settled(); // readers get what is about to be undone
      await original.stop();
      return async () => {
        await base.start({
          ...original.asArchive(),
          recovery_target_name: 'wanted',
          recovery_target_action: 'promote',
        });
        await base.untilPrimary();
        installation.leadTo(base);
      };
    },
  },
  cuts('database'),
  network('database', 'refuses connections', { kind: 'refuse' }),
  network('database', 'hangs', { kind: 'hang' }),
  network('database', 'half open', { kind: 'halfOpen' }),
  network('database', 'slow', { kind: 'slow', latencyMs: 100 }),
  network('database', 'throttled', { kind: 'throttle', bytesPerSecond: 20_000 }),

  answers('throttles the table', { kind: 'throttle', by: 'ProvisionedThroughputExceededException' }),
  answers('throttles the account', { kind: 'throttle', by: 'ThrottlingException' }),
  answers('fails', { kind: 'fail' }),
  answers('fails after it was done', { kind: 'failAfterwards' }),
  answers('refuses items', { kind: 'refuseItem' }),
  answers('gives no answer', { kind: 'hang' }),
  answers('slow', { kind: 'slow', latencyMs: 1_500 }),
  cuts('dynamo'),
  network('dynamo', 'refuses connections', { kind: 'refuse' }),
  network('dynamo', 'half open', { kind: 'halfOpen' }),

  {
    name: 'temporal: stopped and restarted',
    async breaks(installation) {
      await installation.stopTemporal();
      return () => installation.startTemporal();
    },
  },
  {
    name: 'temporal: frozen',
    async breaks(installation) {
      await installation.freezeTemporal(true);
      return () => installation.freezeTemporal(false);
    },
  },
  cuts('temporal'),
  network('temporal', 'refuses connections', { kind: 'refuse' }),
  network('temporal', 'hangs', { kind: 'hang' }),
  network('temporal', 'half open', { kind: 'halfOpen' }),

  clock('days ahead', 3 * DAY_MS),
  clock('days behind', -3 * DAY_MS),
  clock('minutes ahead', 5 * MINUTE_MS),
  clock('minutes behind', -5 * MINUTE_MS),
  {
    name: 'worker: frozen for longer than an attempt',
    breaks({ worker }) {
      worker.child.kill('SIGSTOP');
      return Promise.resolve(async () => {
        await delay(FROZEN_MS);
        worker.child.kill('SIGCONT');
      });
    },
  },
];

const FROZEN_MS = 11_000;

async function postmaster({ place }: Installation): Promise<number> {
  const [file] = await place.db<{ pid: number }[]>`
    SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::integer AS pid`;
  if (!file) throw new Error('The server has no lock file.');
  return file.pid;
}

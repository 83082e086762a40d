import { deleteDocument } from '../../../src/activities/deleteDocument.js';
import type { SyncDeps } from '../../../src/activities/deps.js';
import { isSeeding } from '../../../src/activities/isSeeding.js';
import { requestSync } from '../../../src/activities/requestSync.js';
import { writeDocument } from '../../../src/activities/writeDocument.js';
import { startSync } from '../../../src/outbox/startSync.js';
import {
  DEFAULT_SEEDING_POLLS,
  type DeleteInput,
  type IsSeedingInput,
  type SyncRequest,
  type WriteInput,
} from '../../../src/workflows/contract.js';
import { type Connections, openDatabase } from '../postgres/session.js';
import type { Owner, Process } from '../scheduler.js';
import type { Worker } from '../temporal/server.js';
import type { World } from '../world.js';
import { surroundings } from './deps.js';
import { FlagsmithTasks } from './flagsmithTasks.js';
import { Relay } from './relay.js';
import { signalClient } from './signalClient.js';
import { delayMs, dynamoTimes, postgresTimes } from './times.js';

/** A worker process with a relay of its own, as `envsync worker` starts it. */
export class WorkerProcess {
  readonly process: Process;
  private readonly owner: Owner & { process: Process };
  private readonly connections: Connections;
  private readonly worker: Worker;
  private readonly relay: { wake(): void };

  constructor(
    private readonly world: World,
    name: string,
  ) {
    const { scheduler, server, temporal, arm, weather } = world;
    this.process = { name, isAlive: true, frozenUntilMs: 0 };
    this.owner = { name, random: world.random(name), process: this.process };
    const { random } = this.owner;
    this.connections = openDatabase(server, scheduler, postgresTimes(random, weather), arm);
    const { db } = this.connections;
    const dynamo = world.tables.client(dynamoTimes(random, weather), arm);
    const deps: SyncDeps = { ...surroundings(world.tally), db, dynamo };
    this.worker = { owner: this.owner, activities: this.#activities(deps), instances: new Map() };
    const pollMs = () => (random.happens(0.1) ? random.between(50, 3_000) : random.between(1, 60));
    if (arm.algorithm === 'flagsmith') {
      this.relay = new FlagsmithTasks(this.owner, scheduler, server, { db, dynamo, pollMs });
      return;
    }
    const client = signalClient(scheduler, temporal, world.network, {
      requestMs: () => delayMs(random, weather),
      answerMs: () => delayMs(random, weather),
      getsLost: () => random.happens(weather.failing),
      answerGetsLost: () => random.happens(weather.failing),
      repeatsAfterMs: () => (random.happens(weather.failing) ? random.between(20, 30_000) : undefined),
    });
    const options = {
      client,
      instanceName: 'simulation',
      taskQueue: 'simulation',
      seedingPolls: DEFAULT_SEEDING_POLLS,
      registered: () => new Set<string>(),
      deadlineMs: 5_000,
    };
    this.relay = new Relay(this.owner, scheduler, server, {
      db,
      startSync: (change) => startSync(options, change),
      signalsBeforeDelete: arm.signalsBeforeDelete,
      pollMs,
    });
    temporal.join(this.worker);
  }

  wakeRelay(): void {
    if (this.process.isAlive) this.relay.wake();
  }

  freeze(ms: number): void {
    this.process.frozenUntilMs = this.world.scheduler.nowMs + ms;
  }

  /** As by `kill -9`. */
  kill(): void {
    this.process.isAlive = false;
    this.connections.disconnect();
    this.world.temporal.leave(this.worker);
  }

  #activities(deps: SyncDeps): Worker['activities'] {
    const { arm, tally } = this.world;
    return {
      isSeeding: (input: IsSeedingInput) => isSeeding(deps, input),
      writeDocument: async (input: WriteInput) => {
        const result = await writeDocument(deps, input);
        tally(`outcome ${result.outcome}`);
        return result;
      },
      requestSync: (input: SyncRequest) => requestSync(deps, input),
      deleteDocument: async (input: DeleteInput) => {
        const deletion = await deleteDocument(deps, input);
        const { againInMs, ...once } = deletion;
        return arm.hasSecondDelete || againInMs === undefined ? deletion : once;
      },
    };
  }
}

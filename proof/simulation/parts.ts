import {
  changeKey,
  changeKeyAndBack,
  changeValue,
  changeValueThenState,
  deleteEnvironment,
  deleteFeature,
  deleteThenRestore,
  pauseSyncs,
  renameEnvironment,
  scheduleChange,
  touch,
} from './flagsmith/changes.js';
import { FlagsmithClient, GivenUp } from './flagsmith/client.js';
import {
  cloneAsFlagsmith,
  cloneEnvironment,
  createEnvironment,
  createEnvironmentAsFlagsmith,
  createEnvironmentUnflagged,
  createFeature,
  createFeatureAsFlagsmith,
  unchanged,
} from './flagsmith/creators.js';
import type { Kind, Part, Plan } from './plan.js';
import type { State } from './postgres/state.js';
import type { Owner } from './scheduler.js';
import { delayMs } from './worker/times.js';
import { WorkerProcess } from './worker/workerProcess.js';
import type { World } from './world.js';

type FaultKind = 'killWorker' | 'freezeWorker' | 'crashPostgres' | 'failOver';

const SCRIPTS: Record<Exclude<Kind, FaultKind>, (client: FlagsmithClient) => Promise<void>> = {
  createEnvironment,
  cloneEnvironment,
  createFeature,
  cloneAsFlagsmith,
  createEnvironmentAsFlagsmith,
  createEnvironmentUnflagged,
  createFeatureAsFlagsmith,
  changeValue,
  changeValueThenState,
  renameEnvironment,
  touch,
  scheduleChange,
  deleteEnvironment,
  deleteThenRestore,
  changeKey,
  changeKeyAndBack,
  deleteFeature,
  pauseSyncs,
};

/** Lets a part of the plan begin at its time. */
export function takePart(part: Part, plan: Plan, world: World, workers: WorkerProcess[]): void {
  const { scheduler } = world;
  const name = `${part.kind}#${part.number}`;
  const owner: Owner = { name, random: world.random(name) };
  scheduler.after(part.startsMs, owner, 'begins', () => {
    world.tally(part.kind);
    if (part.kind === 'killWorker') killWorker(owner, world, workers);
    else if (part.kind === 'freezeWorker') freezeWorker(owner, world, workers);
    else if (part.kind === 'crashPostgres') crashPostgres(owner, world, workers);
    else if (part.kind === 'failOver') failOver(clientOf(owner, plan, world), world, workers);
    else void follow(SCRIPTS[part.kind], clientOf(owner, plan, world), world);
  });
}

async function follow(
  script: (client: FlagsmithClient) => Promise<void>,
  client: FlagsmithClient,
  { scheduler, tally }: World,
): Promise<void> {
  try {
    await script(client);
  } catch (error) {
    if (!(error instanceof GivenUp)) scheduler.fail(error);
    scheduler.tell(`gives up: ${String(error)}`);
    tally('actions given up');
  }
  for (const [name, count] of Object.entries(client.counts)) tally(name, count);
}

function clientOf(owner: Owner, plan: Plan, { scheduler, server, arm }: World): FlagsmithClient {
  const { random } = owner;
  return new FlagsmithClient(owner, scheduler, server, {
    hasNet: plan.hasNet,
    outboxWriting: arm.outboxWriting,
    heldMs: () => (random.happens(plan.lateCommits) ? random.between(20, 8_000) : random.between(1, 10)),
    rollsBack: () => random.happens(plan.rollbacks),
    betweenMs: () => delayMs(random, plan.weather, 6_000),
    diesAfterCommit: () => random.happens(0.1),
  });
}

function killWorker({ random }: Owner, world: World, workers: WorkerProcess[]): void {
  const place = random.below(workers.length);
  const killed = workers[place];
  if (!killed?.process.isAlive) return;
  const { name } = killed.process;
  killed.kill();
  world.scheduler.tell(`${name} is killed`);
  const again: Owner = { name: `${name} starts`, random };
  world.scheduler.after(random.between(100, 15_000), again, 'starts', () => {
    const started = new WorkerProcess(world, `${name}'`);
    workers[place] = started;
    started.wakeRelay();
  });
}

function freezeWorker({ random }: Owner, { scheduler }: World, workers: WorkerProcess[]): void {
  const frozen = random.of(workers);
  const ms = random.between(500, 25_000);
  if (frozen?.process.isAlive) frozen.freeze(ms);
  scheduler.tell(`${frozen?.process.name} stands still for ${ms} ms`);
}

/** Ids of what others rolled back shortly before are given out again after it. */
function crashPostgres(owner: Owner, { scheduler, server }: World, workers: WorkerProcess[]): void {
  server.rollBackOthers(owner.random.below(50));
  scheduler.after(owner.random.below(3_000), owner, 'PostgreSQL crashes', () => {
    if (!server.isUp) return;
    server.crash();
    recoverLater(owner, scheduler, server, workers);
  });
}

/** The standby lacks some of the last commits; which documents are of lost moments, a verification finds out. */
function failOver(client: FlagsmithClient, world: World, workers: WorkerProcess[]): void {
  const { scheduler, server } = world;
  if (!server.isUp) return;
  const { random } = client.owner;
  const losable = server.recent.filter((state) => isOnlyValuesBehind(state, server.state));
  const state = random.of(losable.slice(-3)) ?? server.state;
  server.failOver(state);
  scheduler.tell('PostgreSQL fails over');
  recoverLater(client.owner, scheduler, server, workers);
  void follow(verify, client, world);
}

function recoverLater(
  owner: Owner,
  scheduler: World['scheduler'],
  server: World['server'],
  workers: WorkerProcess[],
): void {
  scheduler.after(owner.random.between(50, 6_000), owner, 'PostgreSQL is back', () => {
    server.recover();
    for (const worker of workers) worker.wakeRelay();
  });
}

async function verify(client: FlagsmithClient): Promise<void> {
  await client.pause(10_000);
  for (const { id } of client.state.environments)
    await client.commit(`verify ${id}`, unchanged, { audit: [id], isRepeated: true });
}

/** Of creations, deletions and keys nothing is lost: what that leaves behind is for the search for orphans. */
const isOnlyValuesBehind = (older: State, state: State): boolean =>
  older.features === state.features &&
  older.options === state.options &&
  older.halfMade === state.halfMade &&
  older.pauses === state.pauses &&
  older.retiredKeys === state.retiredKeys &&
  older.featureStates.length === state.featureStates.length &&
  older.environments.length === state.environments.length &&
  older.environments.every((row, i) => {
    const now = state.environments[i];
    return row.apiKey === now?.apiKey && row.isDeleted === now.isDeleted && row.isCreating === now.isCreating;
  });

import { setTimeout as delay } from 'node:timers/promises';
import { inShort } from '../brokenOff.js';
import type { Findings } from '../checker/findings.js';
import { openPlace, type Place, type Servers } from '../faults/place.js';
import { convergence, type Witness } from '../faults/witness.js';
import { type Preload, WorkerProcess } from '../faults/workerProcess.js';
import type { KillPoint } from './points.js';
import { type Scene, scenarios, untilDeletedForGood } from './scenarios.js';

const PASSINGS = new URL('./passings.mjs', import.meta.url);
/** After which a worker that still lives will not come by its point any more. */
const REACHED_WITHIN_MS = 20_000;
const PATIENCE_MS = 60_000;

export interface LaneOptions {
  /** What workers have in the place of something of theirs. */
  substitutes?: Preload[];
  /** After so many milliseconds a document is lost. */
  patienceMs?: number;
}

/** What one death came to. */
export interface Death {
  point: KillPoint;
  /** The worker died there. */
  reached: boolean;
  /** Milliseconds from the death until every document was as it ought to be; undefined where one was not after a minute. */
  convergedMs: number | undefined;
  witnesses: Witness[];
  /** Filled in once all is quiet. */
  findings: Findings[];
  /** Why it broke off, if it did. */
  failed?: string;
}

/** An installation whose worker dies again and again; the next one is loaded by then, and goes on. */
export class Lane {
  private readonly deaths: Death[] = [];

  private constructor(
    private readonly place: Place,
    private readonly load: () => Promise<WorkerProcess>,
    /** All that were ever loaded. */
    private readonly workers: Promise<WorkerProcess>[],
    private readonly patienceMs: number,
    private worker: WorkerProcess,
  ) {}

  static async open(servers: Servers, name: string, options: LaneOptions = {}): Promise<Lane> {
    const { substitutes = [], patienceMs = PATIENCE_MS } = options;
    const place = await openPlace(servers, name);
    const workers: Promise<WorkerProcess>[] = [];
    const load = () => {
      const worker = WorkerProcess.load(place.env, [PASSINGS, ...substitutes]);
      workers.push(worker);
      return worker;
    };
    const worker = await load();
    await worker.start();
    return new Lane(place, load, workers, patienceMs, worker);
  }

  /** Has the worker die at that passing of the point, and sees what the next one makes of it. */
  async die(point: KillPoint, passing: number): Promise<Death> {
    const [scene, next] = await Promise.all([
      scenarios[point.scenario](this.place) as Promise<Scene>,
      this.load(),
    ]);
    await this.worker.arm(point.passing, passing);
    await scene.act();
    const { goneAt } = this.worker;
    const diedAt = await Promise.race([goneAt, after(REACHED_WITHIN_MS)]);
    const reached = diedAt !== undefined && this.worker.killedAt === point.passing;
    if (!reached) await this.worker.kill();
    await scene.meanwhile?.();
    const beganAt = Math.max(diedAt ?? performance.now(), scene.notBefore?.() ?? 0);
    this.worker = next;
    await this.worker.start();
    await delay(beganAt - performance.now());
    const witnesses = await Promise.race([scene.witnesses(), after(this.patienceMs)]);
    const converged = witnesses && (await convergence(witnesses, this.patienceMs));
    const convergedMs = converged === undefined ? undefined : performance.now() - beganAt;
    const death = { point, reached, convergedMs, witnesses: witnesses ?? [], findings: [] };
    if (point.scenario === 'deletion' || point.scenario === 'deletionOnceMore')
      for (const { environmentId } of death.witnesses)
        if (!(await untilDeletedForGood(this.place, environmentId))) death.convergedMs = undefined;
    this.deaths.push(death);
    return death;
  }

  /** Judges all that was readable here, now that nothing more is going to be; its workers are gone then. */
  async close(): Promise<void> {
    await delay(SETTLED_AFTER_MS);
    for (const death of this.deaths) await judge(death);
    for (const loaded of await Promise.allSettled(this.workers))
      if (loaded.status === 'fulfilled') await loaded.value.kill();
    await this.place.close();
  }
}

async function judge(death: Death): Promise<void> {
  try {
    death.findings = await Promise.all(death.witnesses.map((witness) => witness.judge()));
  } catch (error) {
    death.failed = inShort(error);
  }
}

/** What was still under way when the last document was as it ought to be. */
const SETTLED_AFTER_MS = 1_000;

/** Keeps no process that is over otherwise. */
const after = (ms: number) => delay(ms, undefined, { ref: false });

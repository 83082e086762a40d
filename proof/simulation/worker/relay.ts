import type { Database } from '../../../src/db/connect.js';
import { claimDue, lookAtDue } from '../../../src/outbox/claimDue.js';
import { expandProjects } from '../../../src/outbox/expandProjects.js';
import { relayBatch } from '../../../src/outbox/relayBatch.js';
import { deleteRows } from '../../../src/outbox/settleRows.js';
import type { EnvironmentChange } from '../../../src/outbox/startSync.js';
import type { PostgresServer } from '../postgres/server.js';
import { isPaused, isProjectWide } from '../postgres/state.js';
import type { Event, Owner, Scheduler } from '../scheduler.js';

export interface RelayOptions {
  db: Database;
  startSync: (change: EnvironmentChange) => Promise<void>;
  signalsBeforeDelete: boolean;
  /** Between two looks at the outbox, in milliseconds. */
  pollMs: () => number;
}

const BATCH_SIZE = 20;
const AFTER_FAILURE_MS = 500;

/** Runs the product's `relayBatch` while there is something to relay; looks that would find nothing are not made. */
export class Relay {
  #isBusy = false;
  #next: Event | undefined;

  constructor(
    private readonly owner: Owner,
    private readonly scheduler: Scheduler,
    private readonly server: PostgresServer,
    private readonly options: RelayOptions,
  ) {}

  /** There may be something to relay. */
  wake(atLeastMs = this.options.pollMs()): void {
    if (this.#isBusy) return;
    const dueMs = this.#nextDueMs();
    if (dueMs === undefined) return;
    const atMs = Math.max(dueMs, this.scheduler.nowMs + atLeastMs);
    if (this.#next && !this.#next.isCancelled && this.#next.atMs <= atMs) return;
    if (this.#next) this.#next.isCancelled = true;
    this.#next = this.scheduler.after(atMs - this.scheduler.nowMs, this.owner, 'relays', () => {
      this.#next = undefined;
      void this.#relay();
    });
  }

  #nextDueMs(): number | undefined {
    const { state } = this.server;
    if (state.outbox.length === 0 || isPaused(state)) return undefined;
    return Math.min(...state.outbox.map(({ dueMs }) => dueMs));
  }

  async #relay(): Promise<void> {
    this.#isBusy = true;
    let restMs = this.options.pollMs();
    try {
      for (const projectWide of this.#parts())
        if (this.options.signalsBeforeDelete)
          await relayBatch({ ...this.options, batchSize: BATCH_SIZE, projectWide });
        else await relayForgetfully(this.options, projectWide);
    } catch (error) {
      this.scheduler.tell(`the relay fails: ${String(error)}`);
      restMs = AFTER_FAILURE_MS;
    }
    this.#isBusy = false;
    this.wake(restMs);
  }

  /** In which something is due. */
  #parts(): boolean[] {
    const due = this.server.state.outbox.filter(({ dueMs }) => dueMs <= this.scheduler.nowMs);
    return [false, true].filter((part) => due.some((row) => isProjectWide(row) === part));
  }
}

/** `relayBatch` with its order turned round: rows are gone before anybody has been told. */
async function relayForgetfully({ db, startSync }: RelayOptions, projectWide: boolean): Promise<void> {
  const projects = await lookAtDue(db, { projectWide });
  if (projects.some(({ isWhole }) => isWhole)) await expandProjects(db);
  const rows = await db.transaction(async (tx) => {
    const claimed = await claimDue(tx, { projectWide }, projects, BATCH_SIZE);
    await deleteRows(tx, claimed);
    return claimed;
  });
  for (const row of rows)
    await startSync({ ...row, seedingFinished: row.source === 'seeding_finished' }).catch(() => undefined);
}

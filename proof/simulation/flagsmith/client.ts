import type { PostgresServer, Transaction } from '../postgres/server.js';
import type { State } from '../postgres/state.js';
import type { Owner, Scheduler } from '../scheduler.js';
import { recordedOf, type Recorded } from './triggers.js';

/** What a transaction does to Flagsmith's tables. */
export type Change = (state: State) => State;

/** How the outbox is filled; all but the first are what the product does not do. */
export type OutboxWriting = 'same transaction' | 'after commit' | 'before commit';

export interface ClientOptions {
  hasNet: boolean;
  outboxWriting: OutboxWriting;
  /** How long a transaction stays open, in milliseconds. */
  heldMs(): number;
  rollsBack(): boolean;
  /** Between two transactions. */
  betweenMs(): number;
  /** Between a commit and what is only written after it, the process dies. */
  diesAfterCommit(): boolean;
}

export interface Step {
  /** Environments that an audit row is written for; null: the project as a whole. */
  audit?: (number | null)[];
  /** Tries again until it is committed, as an activity does. */
  isRepeated?: boolean;
}

export class GivenUp extends Error {
  override name = 'GivenUp';
}

/** Somebody who changes Flagsmith's tables, transaction by transaction. */
export class FlagsmithClient {
  readonly counts = { commits: 0, rollbacks: 0, lateCommits: 0 };

  constructor(
    readonly owner: Owner,
    private readonly scheduler: Scheduler,
    private readonly server: PostgresServer,
    private readonly options: ClientOptions,
  ) {}

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** As a statement sees it now. */
  get state(): State {
    return this.server.state;
  }

  nextId(): number {
    return this.server.nextRowId();
  }

  pause(ms = this.options.betweenMs()): Promise<void> {
    return this.scheduler.sleep(ms);
  }

  /**
   * One transaction.
   *
   * @param change is asked when its statement runs, and given what that sees
   * @throws {GivenUp} where it was rolled back, unless it is repeated
   */
  async commit(what: string, change: (seen: State) => Change, step: Step = {}): Promise<void> {
    while (!(await this.#tryToCommit(what, change, step))) {
      if (!step.isRepeated) throw new GivenUp(what);
      await this.pause();
    }
  }

  async #tryToCommit(what: string, change: (seen: State) => Change, step: Step): Promise<boolean> {
    const { scheduler, server, options } = this;
    const transaction = server.begin();
    const statementMs = scheduler.nowMs;
    if (!server.isUp) return false;
    const applied = change(server.state);
    if (options.outboxWriting === 'before commit')
      this.#writeRows(
        recordedOf(server.state, applied(server.state), statementMs, options.hasNet),
        step,
        statementMs,
      );
    transaction.write((state) => this.#withRecords(state, applied(state), step, statementMs));
    await scheduler.sleep(options.heldMs(), `commits: ${what}`);
    if (options.rollsBack()) {
      scheduler.tell(`rolls back: ${what}`);
      transaction.rollback();
      this.counts.rollbacks++;
      return false;
    }
    return await this.#end(transaction, what, step, statementMs);
  }

  async #end(transaction: Transaction, what: string, step: Step, statementMs: number): Promise<boolean> {
    const { scheduler, server, options } = this;
    const before = server.state;
    if (server.hasLaterCommit(transaction)) this.counts.lateCommits++;
    try {
      transaction.commit();
    } catch {
      scheduler.tell(`loses its connection: ${what}`);
      return false;
    }
    this.counts.commits++;
    if (options.outboxWriting !== 'after commit') return true;
    const recorded = recordedOf(before, server.state, statementMs, options.hasNet);
    await this.pause();
    if (options.diesAfterCommit()) throw new GivenUp(`dies after the commit: ${what}`);
    this.#writeRows(recorded, step, statementMs);
    return true;
  }

  /** The change with all that the triggers add to its transaction. */
  #withRecords(before: State, after: State, step: Step, statementMs: number): State {
    const recorded = recordedOf(before, after, statementMs, this.options.hasNet);
    const retired = {
      ...after,
      retiredKeys: [
        ...after.retiredKeys,
        ...recorded.retiredKeys.map((key) => ({ ...key, id: this.nextId(), itemsDeletedMs: null })),
      ],
    };
    if (this.options.outboxWriting !== 'same transaction') return retired;
    return withOutboxRows(retired, this.#rowsOf(recorded, step, statementMs));
  }

  #writeRows(recorded: Recorded, step: Step, statementMs: number): void {
    if (!this.server.isUp) throw new GivenUp('PostgreSQL is away');
    const transaction = this.server.begin();
    const rows = this.#rowsOf(recorded, step, statementMs);
    transaction.write((state) => withOutboxRows(state, rows));
    transaction.commit();
  }

  #rowsOf({ outbox }: Recorded, { audit = [] }: Step, statementMs: number): State['outbox'] {
    const audited = audit.map((environmentId) => ({
      environmentId,
      source: 'audit_log',
      dueMs: statementMs,
    }));
    return [...outbox, ...audited].map((row) => ({
      ...row,
      id: this.nextId(),
      changedMs: statementMs,
      attempts: 0,
      expanded: false,
    }));
  }
}

const withOutboxRows = (state: State, rows: State['outbox']): State => ({
  ...state,
  outbox: [...state.outbox, ...rows],
});

import type { State } from './state.js';

/** What a transaction does to the state in which it commits. */
export type Effect = (state: State) => State;

/** What one snapshot sees. */
export interface SnapshotView {
  state: State;
  version: number;
  timeline: number;
}

export interface Commit {
  before: State;
  after: State;
}

export class ConnectionLostError extends Error {
  override name = 'ConnectionLostError';
  readonly code = '57P01';
}

/**
 * PostgreSQL as far as concurrent transactions and their snapshots see it: transaction ids, what is in progress, what is
 * committed, row locks, and what a crash does to them.
 */
export class PostgresServer {
  incarnation = 1;
  timeline = 1;
  isUp = true;
  #rowId = 100;
  #nextXid = 1_000;
  #lastEndedXid = 999;
  #lastCommittedXid = 999;
  readonly #inProgress = new Set<number>();
  /** Rows of the outbox, and `document_sync.epoch` as 0. */
  readonly #locks = new Map<number, Transaction>();
  /** Who waits for a lock: asks for it again once some are given up. */
  #waiting: (() => void)[] = [];
  readonly #onCommit: ((commit: Commit) => void)[] = [];
  /** For a fail-over that loses the last of them. */
  readonly recent: State[] = [];

  constructor(
    private head: State,
    /** Crash recovery empties unlogged tables. */
    private readonly emptiesUnlogged: boolean,
  ) {}

  get state(): State {
    return this.head;
  }

  onCommit(listener: (commit: Commit) => void): void {
    this.#onCommit.push(listener);
  }

  /** Of sequences, which no transaction rolls back. */
  nextRowId(): number {
    return this.#rowId++;
  }

  begin(): Transaction {
    return new Transaction(this);
  }

  snapshot(): SnapshotView {
    const xmax = this.#lastEndedXid + 1;
    let xip = 0;
    for (const xid of this.#inProgress) if (xid < xmax) xip++;
    return { state: this.head, version: xmax - xip, timeline: this.timeline };
  }

  /** Somebody else's transactions, of which none is committed. */
  rollBackOthers(count: number): void {
    this.#nextXid += count;
    this.#lastEndedXid = Math.max(this.#lastEndedXid, this.#nextXid - 1);
  }

  /** All connections end, with what they had under way. */
  crash(): void {
    this.isUp = false;
    this.incarnation++;
    this.#locks.clear();
    this.#wakeWaiting();
    this.#inProgress.clear();
    // Ids that no commit record tells of are given out again.
    this.#nextXid = this.#lastCommittedXid + 1;
    this.#lastEndedXid = this.#lastCommittedXid;
    if (this.emptiesUnlogged) this.head = { ...this.head, alive: null };
  }

  recover(): void {
    this.isUp = true;
  }

  /** To a standby that had not received the last commits. */
  failOver(state: State): void {
    this.crash();
    this.timeline++;
    const before = this.head;
    this.head = { ...state, alive: null };
    this.recent.length = 0;
    this.#tell(before);
  }

  /** For {@link Transaction}. */
  assignXid(): number {
    const xid = this.#nextXid++;
    this.#inProgress.add(xid);
    return xid;
  }

  end(transaction: Transaction, effects: Effect[] | undefined): void {
    const held = [...this.#locks].filter(([, holder]) => holder === transaction);
    for (const [row] of held) this.#locks.delete(row);
    if (held.length > 0) this.#wakeWaiting();
    const { xid } = transaction;
    if (xid === undefined) return;
    this.#inProgress.delete(xid);
    this.#lastEndedXid = Math.max(this.#lastEndedXid, xid);
    if (!effects) return;
    this.#lastCommittedXid = Math.max(this.#lastCommittedXid, xid);
    const before = this.head;
    this.head = effects.reduce((state, effect) => effect(state), before);
    this.recent.push(before);
    if (this.recent.length > 8) this.recent.shift();
    this.#tell(before);
  }

  /** Whether somebody who began to write later has committed already. */
  hasLaterCommit({ xid }: Transaction): boolean {
    return xid !== undefined && this.#lastCommittedXid > xid;
  }

  holderOf(row: number): Transaction | undefined {
    return this.#locks.get(row);
  }

  lock(row: number, transaction: Transaction): void {
    this.#locks.set(row, transaction);
  }

  waitForLock(wake: () => void): void {
    this.#waiting.push(wake);
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #tell(before: State): void {
    for (const listener of this.#onCommit) listener({ before, after: this.head });
  }
}

export class Transaction {
  xid: number | undefined;
  readonly incarnation: number;
  readonly #effects: Effect[] = [];

  constructor(private readonly server: PostgresServer) {
    this.incarnation = server.incarnation;
  }

  /** As the transaction's next statement would see it in READ COMMITTED. */
  get view(): State {
    return this.#effects.reduce((state, effect) => effect(state), this.server.state);
  }

  /** @throws {ConnectionLostError} */
  requireConnection(): void {
    if (!this.server.isUp || this.incarnation !== this.server.incarnation)
      throw new ConnectionLostError('terminating connection');
  }

  write(effect: Effect): void {
    this.requireConnection();
    this.xid ??= this.server.assignXid();
    this.#effects.push(effect);
  }

  /** Whether the lock is held now; false where somebody else has it. */
  lock(row: number): boolean {
    const holder = this.server.holderOf(row);
    if (holder !== undefined && holder !== this) return false;
    // A row lock is a write.
    this.xid ??= this.server.assignXid();
    this.server.lock(row, this);
    return true;
  }

  commit(): void {
    this.requireConnection();
    this.server.end(this, this.#effects);
  }

  rollback(): void {
    if (this.incarnation === this.server.incarnation) this.server.end(this, undefined);
  }
}

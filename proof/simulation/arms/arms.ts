import type { OutboxWriting } from '../flagsmith/client.js';

/** What a run is of: the product, or the product with one of its parts taken away, or Flagsmith's own way. */
export interface Arm {
  name: string;
  /** What is different, in one line of `--help`. */
  summary: string;
  algorithm: 'ours' | 'flagsmith';
  /** Seeding flags, and what is inferred, can be seen. */
  hasGuard: boolean;
  /** Puts are conditional. */
  hasPutCondition: boolean;
  outboxWriting: OutboxWriting;
  /** The epoch rises with each crash recovery. */
  hasEpoch: boolean;
  hasSecondDelete: boolean;
  /** The relay deletes rows only once they were accepted. */
  signalsBeforeDelete: boolean;
  /** `dirty` is cleared before a read, and not after it; see `hooks.mjs`. */
  clearsBeforeRead: boolean;
}

const product: Arm = {
  name: 'product',
  summary: 'the product as it is',
  algorithm: 'ours',
  hasGuard: true,
  hasPutCondition: true,
  outboxWriting: 'same transaction',
  hasEpoch: true,
  hasSecondDelete: true,
  signalsBeforeDelete: true,
  clearsBeforeRead: true,
};

export const ARMS: readonly [Arm, ...Arm[]] = [
  product,
  {
    ...product,
    name: 'flagsmith',
    summary: "Flagsmith's own way: a task a second later, an unconditional put, several workers",
    algorithm: 'flagsmith',
  },
  { ...product, name: 'no-guard', summary: 'seeding is never seen', hasGuard: false },
  { ...product, name: 'no-put-condition', summary: 'puts are unconditional', hasPutCondition: false },
  {
    ...product,
    name: 'outbox-after-commit',
    summary: 'the outbox is written after the commit, if its process lives so long',
    outboxWriting: 'after commit',
  },
  {
    ...product,
    name: 'outbox-before-commit',
    summary: 'the outbox is written, and committed, before the change',
    outboxWriting: 'before commit',
  },
  { ...product, name: 'no-epoch', summary: 'the epoch does not rise with crash recoveries', hasEpoch: false },
  { ...product, name: 'no-second-delete', summary: 'items are deleted once', hasSecondDelete: false },
  {
    ...product,
    name: 'clear-after-read',
    summary: 'what was signalled is forgotten after the read, not before it',
    clearsBeforeRead: false,
  },
  {
    ...product,
    name: 'delete-before-signal',
    summary: 'the relay deletes its rows before it signals',
    signalsBeforeDelete: false,
  },
];

export const armNamed = (name: string): Arm | undefined => ARMS.find((arm) => arm.name === name);

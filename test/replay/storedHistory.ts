import { readFileSync, writeFileSync } from 'node:fs';
import { temporal } from '@temporalio/proto';

const { History } = temporal.api.history.v1;

export type History = temporal.api.history.v1.IHistory;

export const HISTORIES = new URL('./histories/', import.meta.url);

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Keeps the history of one path as this release runs it. */
export function storeHistory(path: string, history: History): void {
  const plain = History.toObject(History.fromObject(history), {
    longs: String,
    enums: String,
    bytes: String,
  });
  const json = JSON.stringify(plain, withoutTracesOfTheMachine, 1);
  writeFileSync(new URL(`${version}-${path}.json`, HISTORIES), `${json}\n`);
}

export const readHistory = (file: string): History =>
  History.fromObject(JSON.parse(readFileSync(new URL(file, HISTORIES), 'utf8')) as Record<string, unknown>);

/** Stack traces, identities and a worker's own queues name folders and hosts; replays do not look at them. */
const withoutTracesOfTheMachine = (name: string, value: unknown) => {
  if (name === 'stackTrace' || name === 'identity') return '';
  return typeof value === 'string' && PROCESS_AND_HOST.test(value) ? 'worker' : value;
};

const PROCESS_AND_HOST = /^\d+@\S+$/;

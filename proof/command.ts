import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { BenchResult, Limit } from '../bench/frame/bench.js';
import { describeMachine } from '../bench/frame/machine.js';
import { printSettings } from '../bench/frame/print.js';
import { record } from '../bench/frame/record.js';
import type { BenchRecord, BenchRun } from '../bench/frame/results.js';
import { inFull } from './brokenOff.js';

/** What all these commands are told. */
export interface CommandOptions {
  repeats: number;
  seed: number;
  json?: string;
  list?: true;
}

/** A command that ends with status 1 if a limit is not kept, 2 if it is itself wrong. */
export const proofCommand = (name: string, { repeats }: { repeats: number }): Command =>
  new Command(`npm run ${name} --`)
    .option('--repeats <number>', 'how often each', parsePositive, repeats)
    .option('--seed <number>', 'what is left to chance: the same again for the same seed', parsePositive, 1)
    .option('--json <file>', 'also writes the result there')
    .option('--list', 'lists the names, and does nothing')
    .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2));

/** Those of the names that begin with one of the texts, or all. */
export function chosen<T extends { name: string }>(
  all: T[],
  texts: string[] | undefined,
  command: Command,
): T[] {
  const found = all.filter(({ name }) => texts?.some((text) => name.startsWith(text)) ?? true);
  const unknown = texts?.find((text) => !found.some(({ name }) => name.startsWith(text)));
  if (unknown !== undefined) command.error(`error: none is named ${unknown}; see --list`);
  return found;
}

/** How a choice is typed again; nothing where there was none. */
export const choiceAgain = (option: string, texts: string[] | undefined): string =>
  texts === undefined ? '' : ` ${option} ${texts.map((text) => `"${text}"`).join(' ')}`;

/** Runs, prints the result and, where that is asked for, writes it; whatever goes wrong meanwhile. */
export async function report(
  about: Pick<BenchRecord, 'name' | 'summary' | 'command'>,
  { json }: Pick<CommandOptions, 'json'>,
  run: () => Promise<BenchResult>,
): Promise<void> {
  const machine = describeMachine();
  printSettings('Machine', machine);
  const uncaught = countUncaught();
  const ran = await record(about, async () => {
    const result = await run();
    return { ...result, limits: [...result.limits, uncaught()] };
  });
  const written: BenchRun = { machine, benches: [ran] };
  if (json !== undefined) await writeFile(json, `${JSON.stringify(written, null, 2)}\n`);
  // What a run that broke off has left open would keep the process.
  if (!ran.passed) process.exit(1);
}

/** An error that no run awaits ends none of them, and no command without a result: it is counted. */
function countUncaught(): () => Limit {
  let count = 0;
  process.on('uncaughtException', (error) => {
    count++;
    console.error(inFull(error));
  });
  return () => ({ what: 'errors that nobody awaited', measured: count, atMost: 0, unit: '' });
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { BenchRecord, BenchRun } from '../bench/frame/results.js';

const folder = new URL('../docs/figures/', import.meta.url);

/** The last run of a bench or a proof that the pages tell of, with the machine that it ran on. */
export interface KeptFigures extends BenchRecord {
  machine: BenchRun['machine'];
}

/** Keeps what a `--json` file holds, each in the place of the run of that name before it. */
export function keepFigures(file: string): string[] {
  const { machine, benches } = JSON.parse(readFileSync(file, 'utf8')) as BenchRun;
  mkdirSync(folder, { recursive: true });
  for (const bench of benches)
    writeFileSync(fileOf(bench.name), `${JSON.stringify({ ...bench, machine }, null, 2)}\n`);
  return benches.map(({ name }) => name);
}

/** All that are kept, by name. */
export function keptFigures(): Map<string, KeptFigures> {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const all = files.map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as KeptFigures);
  return new Map(all.map((figures) => [figures.name, figures]));
}

const fileOf = (name: string) => new URL(`${name}.json`, folder);

import { type BenchResult, isKept, type Limit, type Table } from './bench.js';

export function printSettings(title: string, settings: Record<string, string | number>): void {
  const width = Math.max(...Object.keys(settings).map((name) => name.length));
  console.log(`\n${title}`);
  for (const [name, value] of Object.entries(settings)) console.log(`  ${name.padEnd(width)}  ${value}`);
}

export function printResult({ settings, tables, limits }: BenchResult): void {
  printSettings('Settings', settings);
  tables.forEach(printTable);
  if (limits.length > 0) console.log('\nLimits');
  for (const limit of limits) printLimit(limit);
}

function printLimit(limit: Limit): void {
  const { measured, bound } = describeLimit(limit);
  console.log(`  ${isKept(limit) ? 'kept  ' : 'BROKEN'}  ${limit.what}: ${measured}, ${bound}`);
  if (!isKept(limit) && limit.whyNot !== undefined) console.log(`          ${limit.whyNot}`);
}

/** Both numbers in words. */
export function describeLimit({ measured, atMost, atLeast, unit }: Limit): {
  measured: string;
  bound: string;
} {
  const shown = (value: number) => {
    if (unit === undefined) return `${value.toFixed(3)} ×`;
    return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
  };
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${shown(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${shown(atMost)}`]),
  ];
  return { measured: shown(measured), bound: bounds.join(', ') };
}

function printTable({ title, columns, rows, notes = [] }: Table): void {
  const lines = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ')}`);
  }
  for (const note of notes) console.log(`  ${note}`);
}

import { isKept, type Limit, type Table } from '../bench/frame/bench.js';
import { describeLimit } from '../bench/frame/print.js';
import type { KeptFigures } from './keptFigures.js';

/** A section of a page: what was run, where and when, and all that it gave. */
export function sectionOf(figures: KeptFigures): string {
  const { name, summary, command, at, seconds, load, machine, result, error } = figures;
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC, ${seconds.toFixed(0)} s, load ${load.toFixed(1)} before it`;
  const about = { run: when, ...machine, ...result?.settings };
  return [
    `## ${name}`,
    `${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.`,
    `    ${command}`,
    error === undefined ? '' : `**Its result was wrong**: ${error}`,
    result ? limitsOf(result.limits) : '',
    ...(result?.tables ?? []).map(tableOf),
    Object.entries(about)
      .map(([setting, value]) => `${setting}: ${value}`)
      .join(' · '),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** All limits of a page in one table, those that were not kept with the reason. */
export function limitsOf(limits: Limit[]): string {
  if (limits.length === 0) return '';
  const rows = limits.map((limit) => {
    const { measured, bound } = describeLimit(limit);
    return [limit.what, measured, bound, isKept(limit) ? 'yes' : '**no**'];
  });
  const reasons = limits
    .filter((limit) => !isKept(limit))
    .flatMap(({ what, whyNot }) => (whyNot === undefined ? [] : [`Not kept, ${what}: ${whyNot}`]));
  return [grid(['figure', 'measured', 'limit', 'kept'], rows), ...reasons].join('\n\n');
}

const tableOf = ({ title, columns, rows, notes = [] }: Table): string =>
  [`**${title}**`, grid(columns, rows), notes.join(' ')].filter((part) => part !== '').join('\n\n');

function grid(columns: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

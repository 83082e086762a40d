import type { Schema } from '../schemas/strictSchema.js';
import { readDefault, readOptions } from './options.js';

const HEAD = ['| Value | Default | Meaning |', '|---|---|---|'];

/** The table of all values in the chart's README, from the schema and values.yaml. */
export const valuesTable = (): string =>
  [
    ...HEAD,
    ...readOptions().map(
      ({ name, path, schema }) =>
        `| \`${name}\` | ${shown(readDefault(path) ?? schema['default'])} | ${meaning(schema)} |`,
    ),
  ].join('\n');

function shown(value: unknown): string {
  if (value === undefined || value === '') return '';
  return `\`${JSON.stringify(value)}\``.replaceAll('|', '\\|');
}

const meaning = ({ description }: Schema) => String(description).replaceAll('|', '\\|');

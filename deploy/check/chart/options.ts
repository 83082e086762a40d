import { readDefaults, readMinimalValues, readValuesSchema, type Values } from './files.js';
import type { Schema } from '../schemas/strictSchema.js';

/** A value that whoever installs the chart may set. */
export interface Option {
  path: string[];
  /** As one writes it: `autoscaling.maxReplicas`. */
  name: string;
  schema: Schema;
  /** One that differs from the default. */
  example: unknown;
}

/** Read by charts around this one, and by nothing in it. */
const NOT_OURS = ['global'];

/** All of them: whatever the schema does not take apart any further. */
export const readOptions = (): Option[] =>
  optionsIn(readValuesSchema(), []).filter(({ name }) => !NOT_OURS.includes(name));

function optionsIn({ properties = {} }: Schema, above: string[]): Option[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const path = [...above, key];
    if (schema.properties) return optionsIn(schema, path);
    return [
      { path, name: path.join('.'), schema, example: (schema['examples'] as unknown[] | undefined)?.[0] },
    ];
  });
}

/** The minimal values, and these options at their examples. */
export function valuesWith(options: Option[]): Values {
  const values = readMinimalValues();
  for (const { path, example } of options) setValue(values, path, example);
  return values;
}

/** What must be set for an option to have a say: parts are switched on by `enabled`, or by naming a Secret. */
export function switchesOf({ path }: Option, options: Option[]): Option[] {
  return options.filter((other) => {
    const part = other.path.slice(0, -1);
    const isSwitch = ['enabled', 'existingSecret'].includes(other.path.at(-1) ?? '');
    return isSwitch && part.length < path.length && part.every((key, i) => key === path[i]);
  });
}

/** An option of that name that switches its part on. */
export const switchedOn = (option: Option): Option =>
  option.path.at(-1) === 'enabled' ? { ...option, example: true } : option;

/** The minimal values, with each part that can be switched set to `on`. */
export function valuesAll(on: boolean, options: Option[]): Values {
  const values = valuesWith(on ? options : []);
  for (const { path } of options.filter((option) => option.path.at(-1) === 'enabled'))
    setValue(values, path, on);
  return values;
}

export const readDefault = (path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Values | undefined)?.[key], readDefaults());

export function setValue(values: Values, path: string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) values[first] = value;
  else setValue((values[first] ??= {}) as Values, rest, value);
}

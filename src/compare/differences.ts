import type { JsonObject } from '../document/attributeJson.js';
import { type Content, inOneForm, isObject } from './content.js';
import { alignLists } from './lists.js';

/** One place where two documents differ. */
export interface Difference {
  /** Attribute names, and what picks an element of a list: `['feature_states', '[name=checkout]', 'enabled']`. */
  steps: string[];
  kind: DifferenceKind;
  /** Undefined where that side has nothing here. */
  flagsmith: unknown;
  ours: unknown;
}

/** `order`: the same elements, in an order that matters and is another. */
export type DifferenceKind = 'changed' | 'only_flagsmith' | 'only_ours' | 'order';

/** Where the documents differ, outermost first; none if readers find the same in both. */
export function differencesOf(flagsmith: Content, ours: Content): Difference[] {
  return ofValues([], ...inOneForm(flagsmith, ours));
}

function ofValues(steps: string[], flagsmith: unknown, ours: unknown): Difference[] {
  if (flagsmith === undefined && ours === undefined) return [];
  if (flagsmith === undefined) return [{ steps, kind: 'only_ours', flagsmith, ours }];
  if (ours === undefined) return [{ steps, kind: 'only_flagsmith', flagsmith, ours }];
  if (isObject(flagsmith) && isObject(ours)) return ofObjects(steps, flagsmith, ours);
  if (Array.isArray(flagsmith) && Array.isArray(ours)) return ofLists(steps, flagsmith, ours);
  return Object.is(flagsmith, ours) ? [] : [{ steps, kind: 'changed', flagsmith, ours }];
}

const ofObjects = (steps: string[], flagsmith: JsonObject, ours: JsonObject): Difference[] =>
  [...new Set([...Object.keys(flagsmith), ...Object.keys(ours)])]
    .sort()
    .flatMap((name) => ofValues([...steps, name], flagsmith[name], ours[name]));

function ofLists(steps: string[], flagsmith: unknown[], ours: unknown[]): Difference[] {
  const { pairs, isReordered } = alignLists(steps, flagsmith, ours);
  const found = pairs.flatMap((pair) => ofValues([...steps, pair.step], pair.flagsmith, pair.ours));
  return isReordered ? [{ steps, kind: 'order', flagsmith: undefined, ours: undefined }, ...found] : found;
}

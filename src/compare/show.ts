import { hideSecrets } from '../preview/hideSecrets.js';
import type { JsonObject } from '../document/attributeJson.js';
import type { EnvironmentComparison } from './compareEnvironments.js';
import type { ItemComparison } from './compareItem.js';
import type { Difference } from './differences.js';
import { isObject } from './content.js';

/** More of an item's differences are counted, as a screen shows no more; `--json` has them all. */
const MAX_SHOWN = 20;

interface Show {
  showValues: boolean;
}

/** The comparison as a JSON line: paths, and values only if they are asked for. */
export function toJsonLine(comparison: EnvironmentComparison, show: Show): JsonObject {
  const item = (one: ItemComparison) =>
    'differences' in one
      ? { ...one, differences: one.differences.map((difference) => toJson(difference, show)) }
      : one;
  return { ...comparison, v1: item(comparison.v1), v2: item(comparison.v2) };
}

/** The comparison in words: a line where all is equal, and a line for each difference else. */
export function toText(comparison: EnvironmentComparison, show: Show): string {
  const { environment_id: id, v1, v2, seeding, error } = comparison;
  const items = [`v1 ${describe(v1)}`, `v2 ${describe(v2)}`].join(', ');
  const lines = [
    ...(error === null ? [] : [`no document can be made now: ${error}`]),
    ...seeding.map((reason) => `a write would wait: ${reason}`),
    ...differencesText('v1', v1, show),
    ...differencesText('v2', v2, show),
  ];
  return [`environment ${id}: ${items}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

const toJson = (difference: Difference, { showValues }: Show): JsonObject => ({
  path: pathOf(difference),
  kind: difference.kind,
  ...(showValues && difference.kind !== 'order' && valuesOf(difference)),
});

const names = { flagsmith: "Flagsmith's", ours: 'ours', both: 'both' };

function describe(item: ItemComparison): string {
  switch (item.result) {
    case 'equal':
      return 'equal';
    case 'not_written':
      return 'not written';
    case 'missing':
      return `missing: ${names[item.side]}`;
    case 'older': {
      const other = item.side === 'ours' ? "Flagsmith's" : 'ours';
      return item.known_by === 'postgresql'
        ? `older: ${names[item.side]} (${other} is what PostgreSQL says now)`
        : `older: ${names[item.side]} (by updated_at)`;
    }
    case 'different':
      return 'different';
  }
}

function differencesText(version: string, item: ItemComparison, show: Show): string[] {
  if (!('differences' in item)) return [];
  const shown = item.differences.slice(0, MAX_SHOWN).map((one) => `${version} ${toWords(one, show)}`);
  const left = item.differences.length - shown.length;
  return left > 0 ? [...shown, `${version} and ${left} more`] : shown;
}

function toWords(difference: Difference, { showValues }: Show): string {
  const path = pathOf(difference);
  const { flagsmith, ours } = valuesOf(difference);
  const value = (one: unknown) => (showValues ? `: ${JSON.stringify(one)}` : '');
  switch (difference.kind) {
    case 'changed':
      return showValues
        ? `${path}: Flagsmith's ${JSON.stringify(flagsmith)}, ours ${JSON.stringify(ours)}`
        : path;
    case 'only_flagsmith':
      return `${path} only in Flagsmith's${value(flagsmith)}`;
    case 'only_ours':
      return `${path} only in ours${value(ours)}`;
    case 'order':
      return `${path} in another order`;
  }
}

const pathOf = ({ steps }: Difference): string => steps.join('.').replaceAll('.[', '[');

const valuesOf = ({ steps, flagsmith, ours }: Difference) => ({
  flagsmith: withoutSecrets(steps, flagsmith),
  ours: withoutSecrets(steps, ours),
});

/** The value as it may be shown: keys and webhooks are told to differ, but never told. */
function withoutSecrets([top = '', inner]: string[], value: unknown): unknown {
  const shown = inner === undefined ? value : { [inner]: value };
  // An integration that is no object is somebody's mistake, and may be anything.
  if (top.endsWith('_config') && !isObject(shown)) return value === null ? value : undefined;
  const hidden = hideSecrets({ [top]: shown })[top];
  return inner !== undefined && isObject(hidden) ? hidden[inner] : hidden;
}

import { isObject } from './content.js';

/** Elements of two lists that are about the same thing; one of them is missing where the other list has none. */
export interface AlignedPair {
  /** What picks the element, such as `[name=checkout]`. */
  step: string;
  flagsmith: unknown;
  ours: unknown;
}

export interface AlignedLists {
  pairs: AlignedPair[];
  /** Both have the same elements in an order that matters, and it is not the same. */
  isReordered: boolean;
}

interface ListRule {
  /** Equal for elements about the same thing. */
  key: (element: unknown) => unknown;
  label: (element: unknown) => string;
  /** What has to come in the same sequence; without it any order will do. */
  sequence?: (element: unknown) => unknown;
  /** Puts elements of one key into an order in which they are about the same thing in both lists. */
  arrange?: (list: unknown[]) => unknown[];
}

const at = (value: unknown, ...names: string[]): unknown =>
  names.reduce((inner, name) => (isObject(inner) ? inner[name] : undefined), value);

const featureId = (state: unknown) => at(state, 'feature', 'id');
const featureName = (state: unknown) => `[name=${text(at(state, 'feature', 'name'))}]`;
const id = (element: unknown) => at(element, 'id');
const idLabel = (element: unknown) => `[id=${text(id(element))}]`;
const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const DEFAULTS: ListRule = { key: featureId, label: featureName, sequence: featureId };
/** Ordered by priority, and equal priorities in any order. */
const OVERRIDES: ListRule = {
  key: featureId,
  label: featureName,
  sequence: (state) => at(state, 'feature_segment', 'priority'),
  arrange: byFeatureState,
};
const SEGMENTS: ListRule = { key: id, label: idLabel, sequence: id };
const MULTIVARIATE_VALUES: ListRule = { key: id, label: idLabel };
const NUMBERS: ListRule = { key: (n) => n, label: (n) => `[${text(n)}]`, sequence: (n) => n };

/** @param steps where the lists are in the document */
export function alignLists(steps: string[], flagsmith: unknown[], ours: unknown[]): AlignedLists {
  switch (steps.at(-1) ?? '') {
    case 'rules':
    case 'conditions':
      return { pairs: alignUnnamed(flagsmith, ours), isReordered: false };
    case 'feature_states':
      return alignNamed(steps.length === 1 ? DEFAULTS : OVERRIDES, flagsmith, ours);
    case 'segments':
      return alignNamed(SEGMENTS, flagsmith, ours);
    case 'multivariate_feature_state_values':
      return alignNamed(MULTIVARIATE_VALUES, flagsmith, ours);
    case 'server_key_only_feature_ids':
      return alignNamed(NUMBERS, flagsmith, ours);
    default:
      return { pairs: alignByPlace(flagsmith, ours), isReordered: false };
  }
}

function alignNamed(rule: ListRule, flagsmith: unknown[], ours: unknown[]): AlignedLists {
  const theirs = byKey(rule, flagsmith);
  const own = byKey(rule, ours);
  const pairs = [...new Set([...theirs.keys(), ...own.keys()])].map((key) => {
    const pair = { flagsmith: theirs.get(key), ours: own.get(key) };
    return { ...pair, step: rule.label(pair.flagsmith ?? pair.ours) };
  });
  return { pairs, isReordered: isReordered(rule, flagsmith, ours) };
}

function isReordered({ sequence }: ListRule, flagsmith: unknown[], ours: unknown[]): boolean {
  if (!sequence) return false;
  const [theirs, own] = [flagsmith, ours].map((list) =>
    list.map((element) => JSON.stringify([sequence(element)])),
  );
  return String(theirs) !== String(own) && String(theirs?.sort()) === String(own?.sort());
}

/** Of several elements with one key, as only a damaged document has them, the second is paired with the second. */
function byKey({ key, arrange }: ListRule, list: unknown[]): Map<string, unknown> {
  const elements = new Map<string, unknown>();
  const counts = new Map<string, number>();
  for (const element of arrange ? arrange(list) : list) {
    const name = JSON.stringify([key(element)]);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    elements.set(`${name}/${count}`, element);
  }
  return elements;
}

/** Segment overrides of one feature may be several under v2 versioning: then these three tell them apart. */
function byFeatureState(list: unknown[]): unknown[] {
  return [...list].sort(
    (a, b) =>
      number(at(a, 'feature_segment', 'priority')) - number(at(b, 'feature_segment', 'priority')) ||
      number(featureId(a)) - number(featureId(b)) ||
      number(at(a, 'django_id')) - number(at(b, 'django_id')),
  );
}

const number = (value: unknown) => (typeof value === 'number' ? value : 0);

/** Rules and conditions have no name and come in any order: those with an equal are set aside, the rest goes by place. */
function alignUnnamed(flagsmith: unknown[], ours: unknown[]): AlignedPair[] {
  const left = ours.map((element, place) => ({ element, place, form: canonical('', element) }));
  const unmatched = flagsmith.flatMap((element, place) => {
    const form = canonical('', element);
    const equal = left.findIndex((other) => other.form === form);
    if (equal === -1) return [{ element, place }];
    left.splice(equal, 1);
    return [];
  });
  return Array.from({ length: Math.max(unmatched.length, left.length) }, (_, i) => ({
    step: `[${unmatched[i]?.place ?? left[i]?.place ?? i}]`,
    flagsmith: unmatched[i]?.element,
    ours: left[i]?.element,
  }));
}

const alignByPlace = (flagsmith: unknown[], ours: unknown[]): AlignedPair[] =>
  Array.from({ length: Math.max(flagsmith.length, ours.length) }, (_, i) => ({
    step: `[${i}]`,
    flagsmith: flagsmith[i],
    ours: ours[i],
  }));

/** Equal for rules that say the same, in whatever order. */
function canonical(name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const elements = value.map((element) => canonical(name, element));
    return `[${(name === 'rules' || name === 'conditions' ? elements.sort() : elements).join()}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((member) => `${JSON.stringify(member)}:${canonical(member, value[member])}`).join()}}`;
}

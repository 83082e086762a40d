import { canonicalJson } from './decodeItem.js';
import { isUnmappable, type Expected } from './reference/expectedItems.js';
import { Gzipped, isBranch, type Branch, type Tree } from './reference/tree.js';

/** Where what was found is not what was expected, one line each; what readers take in any order may be in any. */
export function differences(expected: Expected | null, found: Expected | null): string[] {
  if (!expected || !found)
    return expected === found ? [] : [`${expected ? 'no document' : 'a document'} found`];
  return [
    ...differ('writes', expected.writes, found.writes),
    ...formDifferences('plain', expected.plain, found.plain),
    ...formDifferences('compressed', expected.compressed, found.compressed),
  ];
}

type Form = Expected['plain'];

function formDifferences(name: string, expected: Form, found: Form): string[] {
  if (isUnmappable(expected) && isUnmappable(found)) {
    const tables = expected.failures.map(tableOf);
    const elsewhere = found.failures.filter((failure) => !tables.includes(tableOf(failure)));
    return elsewhere.map(
      (failure) => `${name}: refused for ${failure}, expected ${expected.failures.join()}`,
    );
  }
  if (isUnmappable(expected)) return [`${name}: not refused, expected for ${expected.failures.join()}`];
  if (isUnmappable(found)) return [`${name}: refused for ${found.failures.join()}`];
  return [
    ...itemDifferences(`${name}.v1`, expected.v1, found.v1),
    ...itemDifferences(`${name}.v2`, expected.v2, found.v2),
  ];
}

const tableOf = (failure: string): string => failure.split(':')[0]!;

export const itemDifferences = (name: string, expected: Branch, found: Branch): string[] =>
  differ(name, inFixedOrder(expected, []), inFixedOrder(found, []));

function differ(path: string, expected: Tree | undefined, found: Tree | undefined): string[] {
  if (expected instanceof Gzipped && found instanceof Gzipped)
    return differ(`${path}(unpacked)`, expected.content, found.content);
  if (isBranch(expected) && isBranch(found)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
    return names.flatMap((name) => differ(`${path}.${name}`, expected[name], found[name]));
  }
  if (Array.isArray(expected) && Array.isArray(found)) {
    const longer = expected.length > found.length ? expected : found;
    return longer.flatMap((_, i) => differ(`${path}[${i}]`, expected[i], found[i]));
  }
  const [wanted, got] = [show(expected), show(found)];
  return wanted === got ? [] : [`${path}: expected ${shorten(wanted)}, found ${shorten(got)}`];
}

const show = (tree: Tree | undefined): string =>
  tree === undefined
    ? 'nothing'
    : tree instanceof Gzipped
      ? `gzip of ${canonicalJson(tree)}`
      : canonicalJson(tree);

const shorten = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

const ANY_ORDER = ['rules', 'conditions', 'multivariate_feature_state_values'];

function inFixedOrder<T extends Tree>(tree: T, path: string[]): T;
function inFixedOrder(tree: Tree, path: string[]): Tree {
  if (tree instanceof Gzipped) return new Gzipped(inFixedOrder(tree.content, path));
  if (isBranch(tree))
    return Object.fromEntries(
      Object.entries(tree).map(([name, inner]) => [name, inFixedOrder(inner, [...path, name])]),
    );
  if (!Array.isArray(tree)) return tree;
  const list = tree.map((element) => inFixedOrder(element, path));
  const name = path.at(-1)!;
  if (ANY_ORDER.includes(name)) return sorted(list);
  return name === 'feature_states' && path.includes('segments') ? withSortedTies(list as Branch[]) : list;
}

/** Only what follows each other with one priority is sorted: a list that is not by priority stays so. */
function withSortedTies(overrides: Branch[]): Branch[] {
  const priority = (override: Branch) => show(override['feature_segment']);
  const result: Branch[] = [];
  for (let from = 0; from < overrides.length;) {
    const next = overrides.findIndex(
      (other, i) => i > from && priority(other) !== priority(overrides[from]!),
    );
    const to = next === -1 ? overrides.length : next;
    result.push(...sorted(overrides.slice(from, to)));
    from = to;
  }
  return result;
}

function sorted<T extends Tree>(list: T[]): T[] {
  const keyed = list.map((element) => ({ element, key: canonicalJson(element) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ element }) => element);
}

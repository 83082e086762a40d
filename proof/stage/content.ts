import { createHash } from 'node:crypto';
import { decodeItem } from '../../test/properties/decodeItem.js';
import {
  Gzipped,
  isBranch,
  NumberText,
  type Branch,
  type Tree,
} from '../../test/properties/reference/tree.js';

/** A document as readers get it, in whichever table, and a text that is equal for equal ones. */
export interface Content {
  text: string;
  tree: Branch;
}

/** @param item of either table, as DynamoDB is sent it or gives it back */
export const contentOfItem = (item: object): Content => contentOf(decodeItem(item));

/**
 * The same content in both tables is equal, as is one whose lists of objects are in another order: those of rules and conditions
 * are in the order of the heap, which is no part of a committed state.
 */
export function contentOf(item: Branch): Content {
  const { api_key, environment_api_key = api_key, ...tree } = item;
  for (const name of ['document_sync', 'environment_id', 'document_key']) Reflect.deleteProperty(tree, name);
  const document: Branch = { ...tree, api_key: environment_api_key ?? null };
  const hash = createHash('sha256').update(canonical(document)).digest('hex');
  return { text: hash.slice(0, 16), tree: document };
}

function canonical(tree: Tree): string {
  if (tree instanceof NumberText) return String(Number(tree.text));
  if (tree instanceof Gzipped) return canonical(tree.content);
  if (Array.isArray(tree)) return `[${tree.map(canonical).sort().join(',')}]`;
  if (!isBranch(tree)) return JSON.stringify(tree);
  const members = Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

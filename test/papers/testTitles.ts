import { readFileSync } from 'node:fs';
import { FAULT_KINDS } from '../../proof/faults/kinds.js';
import { KILL_POINTS } from '../../proof/killPoints/points.js';

/** What does not name its cases by `it`. */
const lists: Record<string, { name: string }[]> = {
  'proof/faults/kinds.ts': FAULT_KINDS,
  'proof/killPoints/points.ts': KILL_POINTS,
};

/** Whether the text is the title of a test in the file, alone or behind those of the groups that it is in. */
export function isTitleIn(file: string, text: string): boolean {
  const list = lists[file];
  if (list) return list.some(({ name }) => name === text);
  const source = readFileSync(file, 'utf8');
  const groups = titlePatterns(source, 'describe').join('|');
  const tests = titlePatterns(source, 'it').join('|');
  return tests !== '' && new RegExp(`^(?:(?:${groups}) )*(?:${tests})$`).test(text);
}

/** Of titles that are put together, what is put in may be anything. */
const titlePatterns = (source: string, call: 'describe' | 'it'): string[] =>
  [...source.matchAll(new RegExp(`\\b${call}\\(\\s*(['"\`])((?:\\\\.|(?!\\1)[^\\\\])+)\\1`, 'g'))]
    .map(([, , title = '']) => title.split(/\$\{[^}]*\}/))
    .filter((parts) => parts.join('') !== '')
    .map((parts) => parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'));

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import type { Identity } from './identities.js';
import { pythonWithPackages } from './pythonPackages.js';
import type { Reader, Reading } from './reader.js';

const SCRIPT = fileURLToPath(new URL('python/read_items.py', import.meta.url));

/** What becomes of an item in Flagsmith's own types for it, by path in the document. */
export interface SchemaReading {
  left_out: string[];
  altered: string[];
  /** Whether the schema, writing what it has read, gives the very JSON that is in the compressed parts. */
  zipped_alike: boolean;
}

export interface PythonReader extends Reader<Reading & { schema: SchemaReading }> {
  /** Ends the process. */
  close(): Promise<void>;
}

/** Flagsmith's schema of stored items, then its SDK for Python, in one process for all items; or why there is none. */
export async function startPythonSdk(): Promise<PythonReader | { missing: string }> {
  const found = await pythonWithPackages();
  if ('missing' in found) return found;
  const child = spawn(found.python, ['-I', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined); // Of a process that ended: the answer that does not come tells of it.
  const ended = once(child, 'exit');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async read(item: DynamoItem, identities: Identity[]) {
      child.stdin.write(`${JSON.stringify({ item: withBase64(item), identities })}\n`);
      const line = await answers.next();
      if (line.done === true) throw new Error('The Python process ended without an answer.');
      return acceptedAnswer(JSON.parse(line.value) as Answer);
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

type Answer = { refused: string[] } | (Reading & { schema: SchemaReading });

function acceptedAnswer(answer: Answer) {
  if ('refused' in answer) throw new Error(`Flagsmith's schema refuses ${answer.refused.join(', ')}`);
  return answer;
}

/** Only attributes of the item itself are binary. */
const withBase64 = (item: DynamoItem): object =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]: [string, AttributeValue]) => [
      name,
      value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') },
    ]),
  );

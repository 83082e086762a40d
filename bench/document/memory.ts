import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MAX_ITEM_BYTES } from '../../src/document/itemSize.js';
import type { Limit, Table } from '../frame/bench.js';
import type { BenchPostgres } from '../frame/database.js';
import { generateEnvironment, sizeOf } from './generatedEnvironment.js';
import type { Form } from './produce.js';

const AT_MOST_MIB = 64;
const DOCUMENTS = 20;

/** So many features make an item just below the limit of DynamoDB; checked, as gzip's output depends on its build. */
const FEATURES_THAT_FIT: Record<Form, number> = { compressed: 3_200, plain: 560 };
const JUST_BELOW = 0.97;

/** What a process of its own is told, and tells. */
export interface MemoryTask {
  smallUrl: string;
  largeUrl: string;
  form: Form;
  documents: number;
  /** Whether what one document leaves is collected before the next. */
  collectBetween: boolean;
}

export interface MemoryUsed {
  /** Resident before the first large document: code, connections, and what small documents need. */
  beforeBytes: number;
  /** The most that was ever resident. */
  peakBytes: number;
  featureStatesCount: number;
  itemBytes: number;
}

/** How much memory the largest documents take that may be written. */
export async function measureMemory(
  postgres: BenchPostgres,
  progress: (line: string) => void,
): Promise<{ tables: Table[]; limits: Limit[] }> {
  const smallUrl = await postgres.createDatabase('memory_small');
  await generateEnvironment(smallUrl, sizeOf(10));
  const rows: Table['rows'] = [];
  const limits: Limit[] = [];
  for (const form of ['compressed', 'plain'] as const) {
    progress(`memory of the largest ${form} document`);
    const largeUrl = await postgres.createDatabase(`memory_${form}`);
    await generateEnvironment(largeUrl, sizeOf(FEATURES_THAT_FIT[form]));
    const task = { smallUrl, largeUrl, form, documents: DOCUMENTS };
    const one = await inOwnProcess({ ...task, collectBetween: true });
    const inARow = await inOwnProcess({ ...task, collectBetween: false });
    rows.push(toRow(form, one, inARow));
    limits.push({
      what: `memory of the largest ${form} document`,
      measured: extraMib(one),
      atMost: AT_MOST_MIB,
      unit: 'MiB',
    });
  }
  return { tables: [toTable(rows)], limits };
}

async function inOwnProcess(task: MemoryTask): Promise<MemoryUsed> {
  const child = fork(fileURLToPath(new URL('memoryChild.ts', import.meta.url)), {
    execArgv: ['--expose-gc', '--import=tsx'],
  });
  const used = new Promise<MemoryUsed>((resolve, reject) => {
    child.once('message', (message) => {
      resolve(message as MemoryUsed);
    });
    child.once('exit', (code) => {
      reject(new Error(`The process that measures memory ended with ${code}.`));
    });
  });
  child.send(task);
  const [result] = await Promise.all([used, once(child, 'exit')]);
  checkDocument(task.form, result);
  return result;
}

function checkDocument(form: Form, { featureStatesCount, itemBytes }: MemoryUsed): void {
  assert.equal(featureStatesCount, FEATURES_THAT_FIT[form]);
  assert.ok(
    itemBytes <= MAX_ITEM_BYTES && itemBytes >= JUST_BELOW * MAX_ITEM_BYTES,
    `the ${form} item has ${itemBytes} bytes, which is not just below ${MAX_ITEM_BYTES}`,
  );
}

const mib = (bytes: number): number => bytes / 2 ** 20;
const extraMib = ({ beforeBytes, peakBytes }: MemoryUsed): number => mib(peakBytes - beforeBytes);

const toRow = (form: Form, one: MemoryUsed, inARow: MemoryUsed): (string | number)[] => [
  form,
  one.featureStatesCount,
  one.itemBytes,
  mib(one.beforeBytes).toFixed(1),
  extraMib(one).toFixed(1),
  extraMib(inARow).toFixed(1),
];

const toTable = (rows: Table['rows']): Table => ({
  title: 'Memory for the largest document that fits into an item',
  columns: ['form', 'features', 'item bytes', 'MiB before', 'MiB more', 'MiB more, garbage and all'],
  rows,
  notes: [
    `Resident memory of a fresh process: before, with small documents made; more, its peak over ${DOCUMENTS} large ones, garbage`,
    'collected after each. The last column leaves collecting to V8, which lets garbage grow before it does.',
  ],
});

import { describeSettings } from '../../src/config.js';
import * as contract from '../../src/workflows/contract.js';
import * as workflows from '../../src/workflows/index.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../src/workflows/searchAttributes.js';
import * as sweepContract from '../../src/workflows/sweepContract.js';
import { type PaperCommand, valueOf } from './commands.js';

const definitions = Object.values({ ...contract, ...sweepContract }) as { type?: unknown; name?: unknown }[];
const namesOf = (type: string) =>
  definitions.filter((definition) => definition.type === type).map(({ name }) => name);
const taskQueue = describeSettings().find(({ name }) => name === 'TEMPORAL_TASK_QUEUE')?.byDefault ?? '';

/** What a `temporal` command names and this service does not have. */
export function unknownToTemporal(command: PaperCommand): string | undefined {
  const isOf = (beginning: string) => command.text.startsWith(`temporal ${beginning} `);
  const valueIf = (isMeant: boolean, flag: string) => (isMeant ? valueOf(command, flag) : undefined);
  const listed = [...command.text.matchAll(/WorkflowType = '(\w+)'/g)].map(([, name]) => name);
  const startsWorkflow = isOf('workflow start') || isOf('workflow execute') || isOf('schedule update');
  const named: [string, (string | undefined)[], unknown[]][] = [
    ['workflow', [...listed, valueIf(startsWorkflow, '--type')], Object.keys(workflows)],
    ['signal', [valueIf(isOf('workflow signal'), '--name')], namesOf('signal')],
    ['query', [valueIf(isOf('workflow query'), '--type')], namesOf('query')],
    ['search attribute', [valueIf(isOf('operator search-attribute'), '--name')], [...SEARCH_ATTRIBUTE_NAMES]],
    ['task queue', [valueOf(command, '--task-queue')], [taskQueue, sweepContract.sweepTaskQueue(taskQueue)]],
  ];
  const unknown = named.flatMap(([kind, names, known]) =>
    names.filter((name) => name !== undefined && !known.includes(name)).map((name) => `no ${kind} ${name}`),
  );
  return unknown.length > 0 ? unknown.join(', ') : undefined;
}

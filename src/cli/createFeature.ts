import { Command, InvalidArgumentError } from 'commander';
import { startCreateFeature } from '../creation/startCreation.js';
import type { MultivariateOptionInput } from '../workflows/creationContract.js';
import { create, type CreateFlags, parseRequestId } from './creation/create.js';
import { parseId } from './parseId.js';

interface Flags extends CreateFlags {
  project: number;
  name: string;
  initialValue?: string;
  enabled?: true;
  serverKeyOnly?: true;
  description?: string;
  option?: MultivariateOptionInput[];
}

export const createFeatureCommand = new Command('create-feature')
  .description('Creates a feature, in all environments of its project before any document is written.')
  .requiredOption('--project <id>', 'the project that it is to be in', parseId)
  .requiredOption('--name <name>', 'its name')
  .option(
    '--initial-value <text>',
    'what its feature states start with; 42 and true become number and boolean',
  )
  .option('--enabled', 'its feature states start enabled; disabled unless given')
  .option('--server-key-only', 'only server-side keys get it')
  .option('--description <text>', 'its description')
  .option(
    '--option <json>',
    'a multivariate option: value, defaultPercentageAllocation, key?; may be given several times',
    addOption,
  )
  .option('--request-id <id>', 'creates once for this id; random unless given', parseRequestId)
  .option('--json', 'prints the ids as JSON')
  .addHelpText(
    'after',
    `
Follows the workflow to its end, a line a step on stderr. Ends with status 0 once each environment has its feature state,
1 if not. Interrupted, the workflow goes on: the same command with the printed --request-id follows it again. Takes a
worker with CREATION_ENABLED=true.

Examples:
  envsync create-feature --project 7 --name banner_size --initial-value 42 --enabled
  envsync create-feature --project 7 --name colour --initial-value grey \\
    --option '{"value": "red", "defaultPercentageAllocation": 30}' \\
    --option '{"value": "blue", "defaultPercentageAllocation": 20, "key": "b"}'
  temporal workflow start --type createFeature --task-queue environment-document-sync \\
    --input '{"projectId": 7, "name": "banner_size", "initialValue": "42"}'      the same without this command`,
  )
  .action((flags: Flags) => {
    const { project, name, initialValue, enabled, serverKeyOnly, description, option } = flags;
    const input = {
      projectId: project,
      name,
      ...(initialValue !== undefined && { initialValue }),
      ...(enabled && { defaultEnabled: true }),
      ...(serverKeyOnly && { isServerKeyOnly: true }),
      ...(description !== undefined && { description }),
      ...(option && { multivariateOptions: option }),
    };
    return create(flags, (target, requestId) => startCreateFeature(target, input, requestId));
  });

/** What the JSON holds is checked with the rest of the input. */
function addOption(text: string, before: MultivariateOptionInput[] = []): MultivariateOptionInput[] {
  try {
    return [...before, JSON.parse(text) as MultivariateOptionInput];
  } catch {
    throw new InvalidArgumentError(
      'expected JSON such as {"value": "red", "defaultPercentageAllocation": 30}.',
    );
  }
}

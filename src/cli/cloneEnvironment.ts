import { Command } from 'commander';
import { startCloneEnvironment } from '../creation/startCreation.js';
import { create, type CreateFlags, parseRequestId } from './creation/create.js';
import { parseId } from './parseId.js';

interface Flags extends CreateFlags {
  name: string;
  /** False with --no-description. */
  description?: string | false;
}

export const cloneEnvironmentCommand = new Command('clone-environment')
  .description('Creates an environment as a copy of another one, complete before its document is written.')
  .argument('<environment>', 'id of the environment to copy', parseId)
  .requiredOption('--name <name>', "the copy's name")
  .option('--description <text>', "the copy's description; the source's unless given")
  .option('--no-description', 'the copy has none')
  .option('--request-id <id>', 'clones once for this id; random unless given', parseRequestId)
  .option('--json', 'prints the ids as JSON')
  .addHelpText(
    'after',
    `
Copies the settings, and the feature states and segment overrides that are live. Follows the workflow to its end, a line a
step on stderr. Ends with status 0 once the copy is complete, 1 if not. Interrupted, the workflow goes on: the same
command with the printed --request-id follows it again. Takes a worker with CREATION_ENABLED=true.

Examples:
  envsync clone-environment 42 --name Staging
  envsync clone-environment 42 --name Staging --no-description --request-id staging-1 --json
  temporal workflow start --type cloneEnvironment --task-queue environment-document-sync \\
    --input '{"sourceEnvironmentId": 42, "name": "Staging"}'      the same without this command`,
  )
  .action((sourceEnvironmentId: number, { name, description, ...flags }: Flags) => {
    const input = {
      sourceEnvironmentId,
      name,
      ...(description !== undefined && { description: description === false ? null : description }),
    };
    return create(flags, (target, requestId) => startCloneEnvironment(target, input, requestId));
  });

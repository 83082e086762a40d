import { Command } from 'commander';
import { startCreateEnvironment } from '../creation/startCreation.js';
import { create, type CreateFlags, parseRequestId } from './creation/create.js';
import { parseId } from './parseId.js';

interface Flags extends CreateFlags {
  project: number;
  name: string;
  description?: string;
  v2Versioning?: true;
}

export const createEnvironmentCommand = new Command('create-environment')
  .description('Creates an environment, complete before its document is written, by a workflow.')
  .requiredOption('--project <id>', 'the project that it is to be in', parseId)
  .requiredOption('--name <name>', 'its name')
  .option('--description <text>', 'its description')
  .option('--v2-versioning', 'with v2 feature versioning; without, unless given')
  .option('--request-id <id>', 'creates once for this id; random unless given', parseRequestId)
  .option('--json', 'prints the ids as JSON')
  .addHelpText(
    'after',
    `
Follows the workflow to its end, a line a step on stderr. Ends with status 0 once the environment has all its feature
states, 1 if not. Interrupted, the workflow goes on: the same command with the printed --request-id follows it again.
Takes a worker with CREATION_ENABLED=true.

Examples:
  envsync create-environment --project 7 --name Production
  envsync create-environment --project 7 --name "Review 123" --request-id review-123 --json
  temporal workflow start --type createEnvironment --task-queue environment-document-sync \\
    --input '{"projectId": 7, "name": "Production"}'      the same without this command`,
  )
  .action(({ project, name, description, v2Versioning, ...flags }: Flags) => {
    const input = {
      projectId: project,
      name,
      ...(description !== undefined && { description }),
      ...(v2Versioning && { useV2FeatureVersioning: true }),
    };
    return create(flags, (target, requestId) => startCreateEnvironment(target, input, requestId));
  });

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Selection } from '../../workflows/sweepContract.js';
import { parseId } from '../parseId.js';

export interface SelectionFlags {
  project?: number;
  organisation?: number;
  all?: true;
}

/** Adds what selects environments: their ids, or one of the flags. */
export const withSelection = (command: Command): Command =>
  command
    .argument(
      '[environments...]',
      'ids of environments, as in Flagsmith’s environments_environment',
      (text: string, before: number[] | undefined) => [...(before ?? []), parseId(text)],
    )
    .addOption(new Option('--project <id>', 'all environments of this project').argParser(parseId))
    .addOption(new Option('--organisation <id>', 'all environments of this organisation').argParser(parseId))
    .option('--all', 'all environments');

/** Ends the command, saying what to give, unless environments are selected in one way. */
export function toSelection(
  environmentIds: number[],
  { project, organisation, all }: SelectionFlags,
  command: Command,
): Selection {
  const selections: Selection[] = [
    ...(environmentIds.length > 0 ? [{ environmentIds }] : []),
    ...(project === undefined ? [] : [{ projectId: project }]),
    ...(organisation === undefined ? [] : [{ organisationId: organisation }]),
    ...(all ? [{ all }] : []),
  ];
  const [selection] = selections;
  if (!selection || selections.length > 1)
    command.error('error: give one of: <environments...>, --project <id>, --organisation <id>, --all');
  return selection;
}

export const rateOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(parsePositive);

function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

import { InvalidArgumentError } from 'commander';

/** An id as Flagsmith's tables have them, given on the command line. */
export function parseId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError('expected a whole number above 0, such as 42.');
  return id;
}

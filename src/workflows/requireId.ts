import { ApplicationFailure } from '@temporalio/workflow';
import { failureTypes } from './contract.js';

/** @throws {ApplicationFailure} `InvalidInput`, naming the field, unless it holds a database id. */
export function requireId(input: unknown, field: string): number {
  const value = (input as Record<string, unknown> | null | undefined)?.[field];
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw ApplicationFailure.nonRetryable(
    `${field}: expected a whole number above 0, got ${value === undefined ? 'nothing' : JSON.stringify(value)}. ` +
      `Example of an input: {"${field}": 42}`,
    failureTypes.invalidInput,
    { field },
  );
}

import { ApplicationFailure } from '@temporalio/workflow';
import { failureTypes } from './contract.js';
import { requireId } from './requireId.js';
import type { Selection } from './sweepContract.js';

const SELECTORS = ['environmentIds', 'projectId', 'organisationId', 'all'] as const;
const EXAMPLE = 'Examples of an input: {"projectId": 7}, {"environmentIds": [42, 43]}, {"all": true}';

/** @throws {ApplicationFailure} `InvalidInput`, naming the field, unless the input selects environments in one way. */
export function requireSelection(input: unknown): Selection {
  const given = SELECTORS.filter(
    (name) => (input as Record<string, unknown> | null | undefined)?.[name] != null,
  );
  const [selector] = given;
  if (selector === undefined || given.length > 1)
    throw invalid(
      selector ?? 'all',
      `expected exactly one of ${SELECTORS.join(', ')}, got ${given.length === 0 ? 'none' : given.join(' and ')}. ${EXAMPLE}`,
    );
  const value = (input as Record<string, unknown>)[selector];
  if (selector === 'all') {
    if (value !== true) throw invalid('all', `expected true, got ${JSON.stringify(value)}. ${EXAMPLE}`);
    return { all: true };
  }
  if (selector !== 'environmentIds') return { [selector]: requireId(input, selector) };
  if (!Array.isArray(value) || value.length === 0)
    throw invalid('environmentIds', `expected a list of ids, got ${JSON.stringify(value)}. ${EXAMPLE}`);
  return {
    environmentIds: value.map((id) => requireId({ environmentIds: id as unknown }, 'environmentIds')),
  };
}

/**
 * @throws {ApplicationFailure} `InvalidInput`, naming it, if there is a field besides these: one that was mistyped would
 * be passed over, and a `dryRun` write.
 */
export function requireKnown(input: unknown, fields: Record<string, true>): void {
  const unknown = Object.keys(input ?? {}).find((field) => !Object.hasOwn(fields, field));
  if (unknown !== undefined)
    throw invalid(unknown, `there is no such field; there are ${Object.keys(fields).join(', ')}`);
}

/** @throws {ApplicationFailure} `InvalidInput` unless the field is absent or a number above 0. */
export function requirePositive(input: object, field: string): number | undefined {
  const value = (input as Record<string, unknown>)[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw invalid(field, `expected a number above 0, got ${JSON.stringify(value)}`);
}

/** @throws {ApplicationFailure} `InvalidInput` unless the field is true, false or absent, which means false. */
export function requireFlag(input: object, field: string): boolean {
  const value = (input as Record<string, unknown>)[field] ?? false;
  if (typeof value === 'boolean') return value;
  throw invalid(field, `expected true or false, got ${JSON.stringify(value)}`);
}

const invalid = (field: string, problem: string) =>
  ApplicationFailure.nonRetryable(`${field}: ${problem}`, failureTypes.invalidInput, { field });

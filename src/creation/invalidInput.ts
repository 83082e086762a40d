import { ApplicationFailure } from '@temporalio/activity';
import type { z } from 'zod';
import { failureTypes } from '../workflows/contract.js';

/** An input that no retry improves; the message names the field and what it takes. */
export const invalidInput = (field: string, problem: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(`${field}: ${problem}`, failureTypes.invalidInput, { field });

/** @throws {ApplicationFailure} `InvalidInput` with every problem in its message. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap(problemsOf);
  throw ApplicationFailure.nonRetryable(
    problems.map(({ field, message }) => `${field}: ${message}`).join('; '),
    failureTypes.invalidInput,
    { field: problems[0]?.field },
  );
}

/** A field that was mistyped would be passed over, and its default taken. */
const problemsOf = (issue: z.core.$ZodIssue): { field: string; message: string }[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'there is no such field' }))
    : [{ field: issue.path.join('.') || 'input', message: issue.message }];

import { ActivityFailure, ApplicationFailure } from '@temporalio/common';

/** What retrying cannot improve, as an activity put it. */
export interface Refusal {
  type: string;
  message: string;
}

/** Why an activity refused for good; undefined for whatever else made it fail. */
export function refusalBehind(error: unknown): Refusal | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !cause.nonRetryable) return undefined;
  return { type: cause.type ?? cause.name, message: cause.message };
}

import { type Check, type Result, runChecks } from '../../src/cli/doctor/check.js';
import { postgresChecks, type PostgresSettings } from '../../src/cli/doctor/postgresChecks.js';

export type Results = Record<string, Result | undefined>;

/** What the checks find, by their names. */
export async function examine({
  checks,
  end,
}: {
  checks: Check[];
  end?: () => Promise<void>;
}): Promise<Results> {
  const results = await runChecks(checks).finally(end);
  return Object.fromEntries(results.map((result) => [result.check, result]));
}

export const examinePostgres = (settings: PostgresSettings): Promise<Results> =>
  examine(postgresChecks(settings));

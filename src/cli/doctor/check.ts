/** What a check found, and what to do where that is not right. */
export interface Finding {
  status: 'ok' | 'warn' | 'FAIL';
  found: string;
  remedy?: string;
}

export interface Check {
  name: string;
  run: () => Promise<Finding> | Finding;
}

export type Result = Finding & { check: string };

const DEADLINE_MS = 15_000;

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warn = (found: string, remedy: string): Finding => ({ status: 'warn', found, remedy });
export const fail = (found: string, remedy: string): Finding => ({ status: 'FAIL', found, remedy });

/**
 * The same checks, each only where the server was reachable: it is waited for once, not by each check anew.
 *
 * @param reach rejects if the server cannot be reached
 */
export const onceReachable = (server: string, reach: () => Promise<unknown>, checks: Check[]): Check[] =>
  checks.map(({ name, run }) => ({
    name,
    run: () =>
      reach().then(run, () => fail('not checked', `${server} has to be reachable first: see above.`)),
  }));

/** Runs all of them, one after the other; one that throws or does not answer fails by itself. */
export async function runChecks(checks: Check[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, run } of checks) results.push({ check: name, ...(await findingOf(run)) });
  return results;
}

async function findingOf(run: Check['run']): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve(
        fail(`no answer within ${DEADLINE_MS / 1_000} s`, 'See whether the server is reachable and well.'),
      );
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(run), late]);
  } catch (error) {
    return fail(messageOf(error), 'See the message.');
  } finally {
    clearTimeout(timer);
  }
}

/** Of several addresses that all refuse, Node's own message is empty. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

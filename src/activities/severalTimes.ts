import { ApplicationFailure, Context } from '@temporalio/activity';

/** What fails this often does so for longer than a moment. */
const ATTEMPTS = 3;
const RETRY_AFTER_MS = 200;

/**
 * Tries again what fails, a few times. What retrying cannot improve is thrown at once.
 *
 * @throws what it failed with the last time; or that the activity is cancelled
 */
export async function severalTimes<T>(work: () => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      cancellationSignal.throwIfAborted();
      if (isRefusal(error) || attempt === ATTEMPTS) throw error;
      await Context.current().sleep(RETRY_AFTER_MS * 4 ** (attempt - 1));
    }
  }
}

/** Whether retrying cannot improve it. */
export const isRefusal = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.nonRetryable === true;

import type { StartSyncOptions } from '../../../src/outbox/startSync.js';
import type { Owner, Scheduler } from '../scheduler.js';
import type { TemporalServer } from '../temporal/server.js';

export interface SignalTimes {
  requestMs(): number;
  answerMs(): number;
  /** The request does not arrive. */
  getsLost(): boolean;
  /** The answer does not arrive. */
  answerGetsLost(): boolean;
  /** So many milliseconds later the request arrives once more; undefined: it does not. */
  repeatsAfterMs(): number | undefined;
}

const DEADLINE_MS = 5_000;

interface SignalWithStart {
  workflowId: string;
  args: [unknown];
  signal: { name: string };
  signalArgs: [unknown];
}

/** The client by which the product's `startSync` signals. */
export function signalClient(
  scheduler: Scheduler,
  server: TemporalServer,
  network: Owner,
  times: SignalTimes,
): StartSyncOptions['client'] {
  const signalWithStart = (_workflow: string, options: SignalWithStart) =>
    new Promise<void>((resolve, reject) => {
      const caller = scheduler.current;
      const arrive = () => {
        server.signalWithStart(options.workflowId, options.args[0], {
          name: options.signal.name,
          argument: options.signalArgs[0],
        });
      };
      const givenUp = scheduler.after(DEADLINE_MS, caller, 'signal given up', () => {
        reject(new Error('DEADLINE_EXCEEDED'));
      });
      const answered = (settle: () => void) =>
        scheduler.after(times.answerMs(), caller, 'signal answered', () => {
          givenUp.isCancelled = true;
          settle();
        });
      const isLost = times.getsLost();
      scheduler.after(times.requestMs(), network, 'signal arrives', () => {
        if (isLost) {
          answered(() => {
            reject(new Error('UNAVAILABLE'));
          });
          return;
        }
        arrive();
        if (!times.answerGetsLost()) answered(resolve);
      });
      const againAfterMs = times.repeatsAfterMs();
      if (againAfterMs !== undefined) scheduler.after(againAfterMs, network, 'signal arrives again', arrive);
    });
  const client = {
    withDeadline: (_deadline: number, call: () => Promise<void>) => call(),
    workflow: { signalWithStart },
  };
  return client as unknown as StartSyncOptions['client'];
}

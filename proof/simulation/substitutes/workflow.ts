import { CancelledFailure } from '@temporalio/common';
import { type ActivityCall, ContinueAsNew, currentWorkflow } from '../temporal/workflowInstance.js';

/** What the workflows that run in simulations take from `@temporalio/workflow`, kept to its documented behaviour. */

export { ApplicationFailure } from '@temporalio/common';
export { ContinueAsNew };

interface Definition {
  type: 'signal' | 'query';
  name: string;
}

export const defineSignal = (name: string): Definition => ({ type: 'signal', name });
export const defineQuery = (name: string): Definition => ({ type: 'query', name });

export function setHandler({ type, name }: Definition, handler: (argument: never) => void): void {
  if (type === 'signal') currentWorkflow().signalHandlers.set(name, handler as (argument: unknown) => void);
}

/** Resolves once it holds: at once, or when it does at the end of a workflow task; false after the time. */
export async function condition(holds: () => boolean, timeoutMs?: number): Promise<boolean | undefined> {
  const workflow = currentWorkflow();
  if (timeoutMs === undefined) {
    await workflow.until(holds);
    return undefined;
  }
  const timer = workflow.startTimer(timeoutMs);
  try {
    return await Promise.race([timer.fired.then(() => false), workflow.until(holds).then(() => true)]);
  } finally {
    workflow.cancelTimer(timer.number);
  }
}

export const continueAsNew = (input: unknown): Promise<never> => Promise.reject(new ContinueAsNew(input));
export const isCancellation = (error: unknown): boolean => error instanceof CancelledFailure;
export const workflowInfo = () => currentWorkflow().info;
/** Every run is of the present release. */
export const patched = (): boolean => true;

interface Options {
  startToCloseTimeout: string;
  heartbeatTimeout?: string;
}

/** Calls go to Temporal as commands. */
export function proxyActivities({ startToCloseTimeout, heartbeatTimeout }: Options): object {
  const timeouts = {
    startToCloseMs: toMs(startToCloseTimeout),
    ...(heartbeatTimeout !== undefined && { heartbeatMs: toMs(heartbeatTimeout) }),
  };
  const call = (name: string, args: unknown[]): Promise<unknown> =>
    currentWorkflow().callActivity({ name, args, ...timeouts } satisfies ActivityCall);
  return new Proxy(
    {},
    {
      get: (_, name: string) =>
        Object.assign((...args: unknown[]) => call(name, args), {
          executeWithOptions: (_options: object, args: unknown[]) => call(name, args),
        }),
    },
  );
}

const UNITS = { milliseconds: 1, seconds: 1_000, hour: 3_600_000, day: 86_400_000 };

function toMs(duration: string): number {
  const [count, unit] = duration.split(' ');
  const ms = Number(count) * UNITS[unit as keyof typeof UNITS];
  if (Number.isNaN(ms)) throw new Error(`No duration known here: ${duration}`);
  return ms;
}

/** What is only shown, or counted, has no part in a simulation. */
const ignore = () => undefined;
export const proxySinks = () => ({ sync: { seedingTimedOut: ignore } });
export const log = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
export const setCurrentDetails = ignore;
export const upsertSearchAttributes = ignore;

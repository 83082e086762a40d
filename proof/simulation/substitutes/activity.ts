import { currentActivity } from '../temporal/activityAttempt.js';

export { ApplicationFailure } from '@temporalio/common';

/** What activities take from `@temporalio/activity`: the attempt that is at work. */
export const Context = { current: currentActivity };

/**
 * Of a worker's options, one that the SDK takes and its types leave out: how long a step of workflow code may take, by the clock on
 * the wall. A machine that stands still for the SDK's own 5 s while a step is under way fails that workflow task, and now and then ends the
 * process, as Node.js cannot take it (nodejs/node#38503). No step here computes for long.
 */
export const executionTimeout: object = { isolateExecutionTimeout: '1 minute' };

import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { readSearchAttributes } from '../../outbox/registeredSearchAttributes.js';
import type { SweepSettings } from '../../sweeps/startSweep.js';
import { describeVerifySchedule, verifyScheduleId } from '../../sweeps/verifySchedule.js';
import { list, tellOtherType } from '../searchAttribute.js';
import { spokenMoment } from '../../workflows/spokenMoment.js';
import { type Check, fail, type Finding, messageOf, ok, onceReachable, warn } from './check.js';
import { type TaskQueue, tellIdleVersions } from './workerVersions.js';

export interface TemporalSettings extends SweepSettings {
  connection: ConnectionOptions;
  namespace: string;
  schedulesVerification: boolean;
}

const DEADLINE_MS = 5_000;
/** `TASK_QUEUE_TYPE_…` of Temporal's API. */
const WORKFLOWS = 1;
const ACTIVITIES = 2;

/** Their connection is closed by `end`. */
export function temporalChecks(settings: TemporalSettings): { checks: Check[]; end: () => Promise<void> } {
  let connecting: Promise<Connection> | undefined;
  const connect = () => (connecting ??= connectTo(settings.connection));
  const ask = async <T>(question: (connection: Connection) => Promise<T>) => {
    const connection = await connect();
    return await connection.withDeadline(Date.now() + DEADLINE_MS, () => question(connection));
  };
  let server: Promise<Finding> | undefined;
  const reach = () => (server ??= checkServer(ask));
  const checks: Check[] = [
    { name: 'namespace', run: () => checkNamespace(ask, settings) },
    { name: 'search attributes', run: () => checkSearchAttributes(connect, settings) },
    { name: 'workers', run: () => checkWorkers(ask, settings) },
    { name: 'verify schedule', run: () => checkVerifySchedule(connect, settings) },
  ];
  return {
    checks: [
      { name: 'Temporal', run: () => reach().catch(tellUnreachable) },
      ...onceReachable('Temporal', reach, checks),
    ],
    end: async () => {
      await connecting?.then(
        (connection) => connection.close(),
        () => undefined,
      );
    },
  };
}

type Ask = <T>(question: (connection: Connection) => Promise<T>) => Promise<T>;

async function connectTo(options: ConnectionOptions): Promise<Connection> {
  try {
    return await Connection.connect({ ...options, connectTimeout: DEADLINE_MS });
  } catch (error) {
    const address = options.address ?? 'localhost:7233';
    throw new Error(`no answer at ${address} (TEMPORAL_ADDRESS): ${messageOf(error)}`, { cause: error });
  }
}

const tellUnreachable = (error: unknown) =>
  fail(
    messageOf(error),
    'Set TEMPORAL_ADDRESS and, where it is secured, TEMPORAL_API_KEY or TEMPORAL_TLS_… right.',
  );

async function checkServer(ask: Ask) {
  const { serverVersion } = await ask(({ workflowService }) => workflowService.getSystemInfo({}));
  return ok(`answers, version ${serverVersion}`);
}

async function checkNamespace(ask: Ask, { namespace }: TemporalSettings) {
  try {
    await ask(({ workflowService }) => workflowService.describeNamespace({ namespace }));
    return ok(`"${namespace}"`);
  } catch (error) {
    return fail(`"${namespace}": ${messageOf(error)}`, 'Set TEMPORAL_NAMESPACE to one that is there.');
  }
}

async function checkSearchAttributes(connect: () => Promise<Connection>, { namespace }: TemporalSettings) {
  const client = new Client({ connection: await connect(), namespace });
  const { registered, missing, ofOtherType } = await readSearchAttributes(client, namespace);
  if (ofOtherType.length > 0)
    return warn(
      `${tellOtherType(ofOtherType)}: syncs cannot be found by it`,
      'Whoever else uses it keeps it; another namespace for this service would have room for it.',
    );
  if (missing.length > 0)
    return warn(
      `not registered: ${list(missing)}; syncs cannot be found by that`,
      'Run `envsync migrate` with TEMPORAL_ADDRESS set; workers notice within a minute.',
    );
  return ok(`registered: ${list(registered)}`);
}

async function checkWorkers(ask: Ask, { namespace, taskQueue }: TemporalSettings) {
  const describe = (taskQueueType: 1 | 2) =>
    ask(({ workflowService }) =>
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that is there for development only
      workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType }),
    );
  const [workflows, activities] = await Promise.all([describe(WORKFLOWS), describe(ACTIVITIES)]);
  const workers = Math.min(countWorkers(workflows), countWorkers(activities));
  if (workers === 0) return warn(`none polls the task queue "${taskQueue}"`, 'Start `envsync worker`.');
  return (
    tellIdleVersions(workflows) ?? ok(`${workers} polled the task queue "${taskQueue}" within five minutes`)
  );
}

const countWorkers = ({ pollers }: TaskQueue): number =>
  new Set(pollers.map(({ identity }) => identity)).size;

async function checkVerifySchedule(
  connect: () => Promise<Connection>,
  { namespace, instanceName, taskQueue, schedulesVerification }: TemporalSettings,
) {
  if (!schedulesVerification) return ok('off (VERIFY_SCHEDULE)');
  const client = new Client({ connection: await connect(), namespace });
  const schedule = await describeVerifySchedule(client, instanceName);
  const id = verifyScheduleId(instanceName);
  if (!schedule)
    return warn(
      `there is no schedule ${id}: nothing checks by itself what DynamoDB holds`,
      'Run `envsync migrate` with TEMPORAL_ADDRESS set, which creates it; VERIFY_SCHEDULE=off says that there is to be none.',
    );
  if (schedule.state.paused)
    return warn(
      `${id} is paused: ${schedule.state.note ?? 'no reason is given'}`,
      `Let it go on: temporal schedule toggle --unpause --schedule-id ${id} --namespace ${namespace}`,
    );
  if (schedule.action.taskQueue !== taskQueue)
    return warn(
      `${id} starts verifications on the task queue "${schedule.action.taskQueue}", and workers poll "${taskQueue}"`,
      `Set TEMPORAL_TASK_QUEUE right, or delete the schedule and run \`envsync migrate\` again.`,
    );
  const [next] = schedule.info.nextActionTimes;
  return ok(`${id}, next at ${next ? spokenMoment(next.toISOString()) : 'no time'}`);
}

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { temporalChecks } from '../../src/cli/doctor/temporalChecks.js';
import {
  createVerifySchedule,
  deleteVerifySchedule,
  verifyScheduleId,
} from '../../src/sweeps/verifySchedule.js';
import { NOBODYS_PORT } from '../support/nobodysPort.js';
import { useSystem } from '../support/system.js';
import { examine, type Results } from './examine.js';

describe('the checks of Temporal', () => {
  const system = useSystem();

  const examined = (
    settings: {
      namespace?: string;
      taskQueue?: string;
      address?: string;
      schedulesVerification?: boolean;
    } = {},
  ) => {
    const {
      namespace = 'default',
      taskQueue = system.taskQueue,
      address = system.env['TEMPORAL_ADDRESS']!,
      schedulesVerification = true,
    } = settings;
    return examine(
      temporalChecks({
        connection: { address },
        namespace,
        taskQueue,
        instanceName: system.database.name,
        schedulesVerification,
      }),
    );
  };

  const settings = () => ({ instanceName: system.database.name, taskQueue: system.taskQueue });

  it('find nothing wrong where a worker runs, and tell of its task queue where none does', async () => {
    await createVerifySchedule(system.client, settings());
    const worker = await system.startWorker();
    let right: Results;
    // The server knows who polls once a first poll of each kind has reached it.
    do {
      right = await examined();
    } while (right['workers']?.status !== 'ok' && (await delay(100, true)));
    const elsewhere = await examined({ taskQueue: 'nobodys' });
    worker.stop();
    await worker.finished;
    assert.deepEqual(
      Object.values(right).map((result) => result?.status),
      ['ok', 'ok', 'ok', 'ok', 'ok'],
    );
    const { workers } = elsewhere;
    assert.deepEqual([workers?.status, workers?.found], ['warn', 'none polls the task queue "nobodys"']);
    assert.match(workers?.remedy ?? '', /`envsync worker`/);
  });

  it('tell of a schedule of verifications that is paused, on another task queue, or not there', async () => {
    const schedule = async (changed: Parameters<typeof examined>[0] = {}) =>
      (await examined(changed))['verify schedule'];
    const id = verifyScheduleId(system.database.name);
    const handle = system.client.schedule.getHandle(id);
    assert.match((await schedule())!.found, new RegExp(`^${id}, next at .* UTC$`));

    const elsewhere = await schedule({ taskQueue: 'nobodys' });
    assert.equal(elsewhere?.status, 'warn');
    assert.match(elsewhere.found, /on the task queue ".*", and workers poll "nobodys"/);

    await handle.pause('a holiday');
    const paused = await schedule();
    assert.deepEqual([paused?.status, paused?.found], ['warn', `${id} is paused: a holiday`]);
    assert.match(paused?.remedy ?? '', /temporal schedule toggle --unpause/);

    await deleteVerifySchedule(system.client, system.database.name);
    const missing = await schedule();
    assert.equal(missing?.status, 'warn');
    assert.match(missing.remedy ?? '', /`envsync migrate`/);
    const off = await schedule({ schedulesVerification: false });
    assert.deepEqual([off?.status, off?.found], ['ok', 'off (VERIFY_SCHEDULE)']);
  });

  it('tell of a namespace that is not there', async () => {
    const { Temporal, namespace } = await examined({ namespace: 'nowhere' });
    assert.equal(Temporal?.status, 'ok');
    assert.equal(namespace?.status, 'FAIL');
    assert.match(namespace.found, /^"nowhere": .*not found/i);
    assert.match(namespace.remedy ?? '', /TEMPORAL_NAMESPACE/);
  });

  it('tell of a namespace that does not know the search attribute', async () => {
    const bare = `bare_${system.database.name}`;
    await system.client.workflowService.registerNamespace({
      namespace: bare,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    let results: Results;
    // The server knows a new namespace a moment later.
    do {
      await delay(100);
      results = await examined({ namespace: bare });
    } while (results['namespace']?.status !== 'ok');
    const attribute = results['search attributes'];
    assert.equal(attribute?.status, 'warn');
    assert.match(attribute.found, /^not registered: FlagsmithEnvironmentId, .*DocumentSyncState/);
    assert.match(attribute.remedy ?? '', /`envsync migrate` with TEMPORAL_ADDRESS/);
  });

  it('wait once for a server that is away, and say what the others wait for', async () => {
    const address = `127.0.0.1:${NOBODYS_PORT}`;
    const [first, ...others] = Object.values(await examined({ address }));
    assert.deepEqual([first?.check, first?.status], ['Temporal', 'FAIL']);
    assert.match(first?.found ?? '', new RegExp(`^no answer at ${address} `));
    assert.match(first?.remedy ?? '', /TEMPORAL_ADDRESS/);
    assert.deepEqual(
      others.map((one) => one?.found),
      ['not checked', 'not checked', 'not checked', 'not checked'],
    );
  });
});

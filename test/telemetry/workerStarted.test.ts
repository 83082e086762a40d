import assert from 'node:assert/strict';
import { createEnvironmentTables } from '../../src/embedded/environmentTables.js';
import { useSystem } from '../support/system.js';

describe('worker.started', () => {
  const system = useSystem();

  const start = async (settings: Record<string, string> = {}) => {
    const from = system.logged.length;
    const worker = await system.startWorker(settings);
    const started = system.logged.slice(from).find(({ event }) => event === 'worker.started');
    worker.stop();
    await worker.finished;
    return started;
  };

  it('names the tables that are written', async () => {
    const started = await start();
    assert.deepEqual(started?.['tables'], [system.tables.v1, system.tables.v2]);
    assert.equal(started['shadow_table_suffix'], undefined);
  });

  it('names one table where there is no second', async () => {
    const started = await start({ ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: '' });
    assert.deepEqual(started?.['tables'], [system.tables.v1]);
  });

  it('tells of shadow mode', async () => {
    const shadow = {
      environments: `${system.tables.v1}_shadow`,
      environmentsV2: `${system.tables.v2}_shadow`,
    };
    await createEnvironmentTables(system.dynamo, shadow);
    const started = await start({ SHADOW_TABLE_SUFFIX: '_shadow' });
    assert.deepEqual(started?.['tables'], Object.values(shadow));
    assert.equal(started['shadow_table_suffix'], '_shadow');
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { useStranger } from './stranger.js';

/** One use of each, as somebody's script would have it. */
const SCRIPT = `
import {
  ConfigError, controlSweep, createVerifySchedule, environmentStatus, explainEnvironment, type Explanation, followCreation,
  followSweep, listSweeps, lookAtUnfinishedSeeding, pauseSyncs, readConfig, resumeSyncs, startCloneEnvironment,
  startCreateEnvironment, startCreateFeature, startFinishSeeding, startRebuild, startRebuildSweep, startVerifySweep,
  type StuckSync, stuckSyncs, syncsStatus, syncStatus, syncWorkflowId, withServers, workflowLink,
} from 'environment-document-sync';

export const operate = () => withServers('a script', async ({ config, db, dynamo, client }) => {
  const target = { client, ...config };
  const created: { environmentId: number } = await followCreation(
    await startCreateEnvironment(target, { projectId: 7, name: 'Staging' }, 'request-1'), console.log);
  await followCreation(
    await startCloneEnvironment(target, { sourceEnvironmentId: created.environmentId, name: 'Copy' }, 'request-2'), console.log);
  const { featureId } = await followCreation(
    await startCreateFeature(target, { projectId: 7, name: 'f', initialValue: 'x' }, 'request-3'), console.log);
  const unfinished = await lookAtUnfinishedSeeding({ client, db }, { featureId });
  if (!unfinished.lacksOptions) await (await startFinishSeeding(target, { featureId })).result();

  const { stuck } = await stuckSyncs({ ...target, db, dynamo });
  const reasons: string[] = stuck.map((sync: StuckSync) => sync.reason);
  const explanation: Explanation = await explainEnvironment({ ...target, db, dynamo }, 42);
  const { running } = await syncsStatus({ ...target, db });
  const { last } = await environmentStatus(target, 42);
  const status = await client.workflow.getHandle(syncWorkflowId(config.instanceName, 42)).query(syncStatus);

  const { outcome } = await (await startRebuild(client, config, { environmentId: 42 })).result();
  const rebuild = await startRebuildSweep(client, config, { projectId: 7, writeUnitsPerSecond: 100 });
  const { attention } = await followSweep(rebuild, ({ done, total }) => console.log(done, total));
  const verification = await startVerifySweep(client, config, { all: true, repair: true });
  const { drift } = await followSweep(verification, () => undefined);
  for (const id of await listSweeps(client, config)) await controlSweep(client, id, 'pause');
  await createVerifySchedule(client, config);
  await pauseSyncs({ db }, { projectId: 7 });
  await resumeSyncs({ db });
  return { reasons, explanation, running, last, status, outcome, attention, drift, link: workflowLink(target, rebuild.workflowId) };
});

try {
  readConfig({});
} catch (error) {
  console.log(error instanceof ConfigError ? error.problems[0] : error);
}
`;

describe('the package, to a script elsewhere', () => {
  const stranger = useStranger();

  it('gives what each command does, typed', () => {
    assert.equal(stranger.compile('script', SCRIPT), '');
  });

  it('lets nothing pass that it does not take', () => {
    const wrong = SCRIPT.replace('{ projectId: 7, writeUnitsPerSecond: 100 }', "{ projectId: '7' }");
    assert.match(stranger.compile('wrong', wrong), /'string' is not assignable to type 'number'/);
  });

  it('can be run with nothing but what it declares', async () => {
    const { status, stdout, stderr } = await stranger.run('script', [], {});
    assert.equal(stderr, '');
    assert.equal(
      stdout,
      'DATABASE_URL: is missing: the Flagsmith database, postgres://user:password@host:5432/flagsmith\n',
    );
    assert.equal(status, 0);
  });

  it('says of each of its functions what it promises', () => {
    const index = readFileSync('src/index.ts', 'utf8');
    const names = [...index.matchAll(/export \{([^}]*)\} from '([^']*)'/g)].flatMap(
      ([, list = '', file = '']) =>
        list
          .split(',')
          .map((name) => name.trim())
          .filter((name) => /^[a-z]\w+$/.test(name))
          .map((name) => ({ name, source: readFileSync(`src/${file.slice(2, -3)}.ts`, 'utf8') })),
    );
    assert.ok(names.length > 30);
    const undocumented = names.filter(
      ({ name, source }) => !new RegExp(`\\*/\\nexport (async )?(function|const) ${name}\\b`).test(source),
    );
    assert.deepEqual(
      undocumented.map(({ name }) => name),
      [],
    );
  });
});

import assert from 'node:assert/strict';
import { readStates } from '../creation/rows.js';
import { insertFeature, insertProject } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync create-environment, clone-environment and create-feature', () => {
  const system = useSystem();
  before(() => system.startWorker());

  let projectId: number;
  let project: string;
  beforeEach(async () => {
    projectId = await insertProject(system.database.sql);
    project = String(projectId);
    await insertFeature(system.database.sql, projectId, 'size', { initial_value: '42' });
  });

  const run = (...args: string[]) => envsync(args, system.env);
  const environments = async () => {
    const rows = await system.database.sql<{ id: number; name: string; description: string | null }[]>`
      SELECT id, name, description FROM environments_environment WHERE project_id = ${projectId} ORDER BY id`;
    return [...rows];
  };

  it('create, follow each step and print the id, as text and as JSON', async () => {
    const created = await run(
      'create-environment',
      '--project',
      project,
      '--name',
      'Production',
      '--v2-versioning',
    );
    assert.equal(created.status, 0, created.stderr);
    const [production] = await environments();
    assert.equal(created.stdout, `Created: environment ${production!.id}\n`);
    assert.deepEqual(created.stderr.trimEnd().split('\n').slice(2), [
      `  environment inserted, its seeding flag up: environment ${production!.id}`,
      '  audit row recorded',
      '  missing feature states made: 1',
      '  seeding flag taken down',
    ]);

    const cloned = await run(
      ...['clone-environment', String(production!.id), '--name', 'Staging', '--no-description'],
      ...['--request-id', 'staging.1', '--json'],
    );
    assert.equal(cloned.status, 0, cloned.stderr);
    const staging = (await environments())[1]!;
    const workflowId = `clone-environment/${system.database.name}/staging.1`;
    assert.deepEqual(JSON.parse(cloned.stdout), {
      environmentId: staging.id,
      requestId: 'staging.1',
      workflowId,
      link: `http://localhost:8233/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
    });

    const option = '{"value": "blue", "defaultPercentageAllocation": 30}';
    const feature = await run(
      ...['create-feature', '--project', project, '--name', 'colour', '--initial-value', 'red', '--enabled'],
      ...['--option', option, '--option', option, '--json'],
    );
    assert.equal(feature.status, 0, feature.stderr);
    const { featureId } = JSON.parse(feature.stdout) as { featureId: number };
    const states = (await readStates(system.database.sql, projectId)).filter(
      ({ feature_id }) => feature_id === featureId,
    );
    assert.deepEqual(
      states.map(({ environment_id, enabled, value, multivariate }) => [
        ...[environment_id, enabled, value],
        multivariate.map(({ percentage }) => percentage),
      ]),
      [production!.id, staging.id].map((id) => [id, true, 'red', [30, 30]]),
    );
  });

  it('create once for a request id, and refuse it for another input', async () => {
    const create = (name: string) =>
      run(
        'create-environment',
        '--project',
        project,
        '--name',
        name,
        '--request-id',
        `once-${project}`,
        '--json',
      );
    const [first, second] = [await create('Production'), await create('Production')];
    assert.deepEqual([first.status, second.status], [0, 0], first.stderr + second.stderr);
    assert.equal(second.stdout, first.stdout);
    const other = await create('Staging');
    assert.equal(other.status, 1);
    assert.match(other.stderr, /^envsync: requestId: once-\d+ was used before, for another input/m);
    assert.deepEqual(
      (await environments()).map(({ name }) => name),
      ['Production'],
    );
  });

  for (const [what, args, message] of [
    [
      'a blank name',
      ['create-environment', '--project', '1', '--name', ' '],
      /^envsync: name: must not be empty$/m,
    ],
    [
      'a project that is not there',
      ['create-feature', '--project', '999999', '--name', 'size'],
      /^envsync: projectId: there is no project 999999$/m,
    ],
    [
      'an option without a percentage',
      ['create-feature', '--project', '1', '--name', 'a', '--option', '{"value": "red"}'],
      /^envsync: multivariateOptions\.0\.defaultPercentageAllocation: expected a percentage/m,
    ],
    [
      'an option that is no JSON',
      ['create-feature', '--project', '1', '--name', 'a', '--option', 'red'],
      /expected JSON such as/,
    ],
    [
      'a source that is not there',
      ['clone-environment', '999999', '--name', 'a'],
      /^envsync: sourceEnvironmentId: there is no environment 999999$/m,
    ],
    [
      'a request id that is no part of a workflow id',
      ['create-environment', '--project', '1', '--name', 'a', '--request-id', 'a b'],
      /expected 1 to 100 letters/,
    ],
  ] as const)
    it(`refuse ${what}, naming the field, with status 1`, async () => {
      const { status, stdout, stderr } = await run(...args);
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
    });
});

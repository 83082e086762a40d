import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isClean } from '../../proof/checker/findings.js';
import { blindToFlags } from '../../proof/interleavings/control/withoutGuard.js';
import { SOONER } from '../../proof/interleavings/product.js';
import { stageBundle } from '../../proof/stage/bundle.js';
import { directWriter } from '../../proof/stage/directWriter.js';
import { judge } from '../../proof/stage/judge.js';
import { untilQuiet, watchOutbox } from '../../proof/stage/quiet.js';
import type { ItemWrite } from '../../proof/stage/recorder.js';
import type { Stage } from '../../proof/stage/stage.js';
import { commit } from '../../proof/stage/transaction.js';
import { startRebuild } from '../../src/syncs/startRebuild.js';
import { auditStatements } from '../adopted/action.js';
import { deletionOf, environments } from '../adopted/actions/environments.js';
import { apiKeyOf, newStage, stageRows, type Stage as StagedProject } from '../adopted/stage.js';
import { useStage } from './useStage.js';

describe('the harness of interleavings sees what goes wrong', function () {
  this.timeout(300_000);

  for (const { product, options, bundle } of [
    { product: 'the product', options: {}, bundle: undefined },
    { product: 'no put condition', options: { withoutPutCondition: true }, bundle: undefined },
    {
      product: 'no second deletion',
      options: {},
      bundle: new URL('../../proof/interleavings/control/withoutSecondDeletion.ts', import.meta.url),
    },
  ])
    describe(`with ${product}, a rebuild’s put held up`, () => {
      const stage = useStage({ ...options, settings: SOONER });
      before(async () => {
        await stage.startWorker(bundle && { bundle: await stageBundle(bundle) });
      });

      it(`until a change is written: ${options.withoutPutCondition ? 'stale' : 'nothing wrong'}`, async () => {
        const project = await stageProject(stage);
        const { id } = project.v1;
        const held = await holdRebuild(stage, id);
        await change(stage, project, 'while it was held up');
        await settle(stage, project);
        await held.letGo();
        const { findings } = await judge(stage, id);
        const isStale = options.withoutPutCondition === true;
        assert.deepEqual(
          [findings.stale > 0, isClean(findings)],
          [isStale, !isStale],
          findings.details.join(),
        );
      });

      it(`until its environment is deleted: ${bundle ? 'resurrected' : 'nothing wrong'}`, async () => {
        const project = await stageProject(stage);
        const { id } = project.v1;
        const held = await holdRebuild(stage, id);
        await commit(stage, { actor: 'a', doing: 'deletes' }, deletionOf(project.v1));
        await untilDeleted(stage, id);
        await held.letGo();
        if (!bundle) await settle(stage, project);
        const { findings } = await judge(stage, id);
        assert.deepEqual(
          [findings.resurrected > 0, isClean(findings)],
          [bundle !== undefined, bundle === undefined],
          findings.details.join(),
        );
      });
    });

  describe('with the outbox row written outside the transaction,', () => {
    const stage = useStage({ settings: SOONER });
    before(async () => {
      await stage.startWorker();
      // Ours, all of them: the test writes the rows in their stead.
      const triggers = await stage.sql<{ table: string; name: string }[]>`
        SELECT tgrelid::regclass::text AS table, tgname AS name FROM pg_trigger
        WHERE NOT tgisinternal AND starts_with(tgname, 'document_sync')`;
      assert.ok(triggers.length > 10);
      for (const { table, name } of triggers) await stage.sql.unsafe(`DROP TRIGGER ${name} ON ${table}`);
    });

    it('a change whose commit is slow is lost', async () => {
      const project = await stageProject(stage);
      const { id } = project.v1;
      const puts = () => stage.recorder.recordOf(stage.tables.v2, String(id)).length;
      const before = puts();
      await commit(stage, { actor: 'a', doing: 'a value' }, changeStatements(project, 'new'), async () => {
        await stage.sql`
          INSERT INTO document_sync.outbox (project_id, environment_id, source)
          VALUES (${project.project}, ${id}, 'audit_log')`;
        while (puts() === before) await delay(20);
      });
      await settle(stage, project);
      const { findings } = await judge(stage, id);
      assert.ok(findings.lost > 0, JSON.stringify(findings));
    });
  });

  describe('between the steps of a clone with its flag up,', () => {
    const stage = useStage();

    for (const isGuarded of [true, false])
      it(`a write ${isGuarded ? 'waits' : 'without the seeding guard is partial'}`, async () => {
        const writer = isGuarded ? directWriter(stage) : directWriter(stage, blindToFlags);
        const project = await stageProject(stage);
        const cloning = environments.find(
          ({ name }) => name === 'cloning an environment within the request, under v1 versioning',
        )!;
        const { steps } = cloning.replay(project);
        const cloneId = () =>
          stage.history.environmentsOf(project.organisation).find((id) => id !== project.v1.id);
        for (const [i, step] of steps.entries()) {
          await commit(stage, { actor: 'a', doing: `step ${i}` }, step as string[]);
          await stage.history.catchUp();
          await writer.write(cloneId()!);
        }
        await writer.close();
        const { findings, evidence } = await judge(stage, cloneId()!);
        assert.ok(evidence.v1.observations.length > 0);
        assert.deepEqual(
          [findings.partial > 0, isClean(findings)],
          [!isGuarded, isGuarded],
          findings.details.join(),
        );
      });
  });
});

/** With its document, written before anything happens. */
async function stageProject(stage: Stage): Promise<StagedProject> {
  const project = newStage('v1');
  await commit(stage, { actor: 'before', doing: 'the project' }, [
    'SET LOCAL session_replication_role = replica',
    ...stageRows(project, {}),
  ]);
  const writer = directWriter(stage);
  await writer.write(project.v1.id);
  await writer.close();
  return project;
}

const changeStatements = ({ v1 }: StagedProject, text: string): string[] => [
  `UPDATE features_featurestatevalue SET string_value = '${text}' WHERE feature_state_id = ${v1.colour.id}`,
];

async function change(stage: Stage, project: StagedProject, text: string): Promise<void> {
  const audit = { project: project.project, environment: project.v1.id, type: 'FEATURE_STATE' } as const;
  await commit(stage, { actor: 'a', doing: 'a value' }, [
    ...changeStatements(project, text),
    ...auditStatements(audit, new Date()),
  ]);
}

const settle = (stage: Stage, { project: projectId, v1 }: StagedProject) =>
  untilQuiet(stage, watchOutbox(stage), { projectId, environmentIds: [v1.id] }, 120_000);

/** Has a rebuild read the environment, and holds its puts before DynamoDB gets them. */
async function holdRebuild(stage: Stage, environmentId: number): Promise<{ letGo: () => Promise<void> }> {
  const keys = new Set([String(environmentId), apiKeyOf(environmentId)]);
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let held = 0;
  stage.recorder.beforeWrite(async ({ kind, key }: ItemWrite) => {
    if (kind === 'put' && keys.has(key) && held < keys.size) {
      held++;
      await gate;
    }
  });
  const settings = { instanceName: stage.name, taskQueue: stage.name };
  const rebuilding = await startRebuild(stage.client, settings, { environmentId });
  while (held < keys.size) await delay(20);
  return {
    letGo: async () => {
      open();
      await rebuilding.result().catch(() => undefined);
      stage.recorder.beforeWrite(undefined);
    },
  };
}

async function untilDeleted(stage: Stage, environmentId: number): Promise<void> {
  const isGone = (table: string, key: string) => stage.recorder.recordOf(table, key).at(-1)?.content === null;
  const { v1, v2 } = stage.tables;
  while (!isGone(v1, apiKeyOf(environmentId)) || !isGone(v2, String(environmentId))) await delay(20);
}

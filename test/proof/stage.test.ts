import assert from 'node:assert/strict';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { isClean } from '../../proof/checker/findings.js';
import { committedStates, OVERLAP_US, type TracedState } from '../../proof/stage/history/committedStates.js';
import { judge, placesOf } from '../../proof/stage/judge.js';
import { untilQuiet, watchOutbox } from '../../proof/stage/quiet.js';
import { commit } from '../../proof/stage/transaction.js';
import { auditStatements } from '../adopted/action.js';
import { deletionOf } from '../adopted/actions/environments.js';
import { apiKeyOf, newStage, stageRows } from '../adopted/stage.js';
import { microseconds } from '../properties/reference/tree.js';
import { useStage } from './useStage.js';

describe('the stage of live proofs', function () {
  this.timeout(120_000);
  const stage = useStage();
  before(() => stage.startWorker());

  async function newProject() {
    const project = newStage('v1');
    const { project: projectId, v1, organisation } = project;
    await commit(stage, { actor: 'before', doing: 'a project' }, [
      'SET LOCAL session_replication_role = replica',
      ...stageRows(project, {}),
    ]);
    const audit = auditStatements({ project: projectId, environment: null, type: 'FEATURE' }, new Date());
    await commit(stage, { actor: 'before', doing: 'an audit row' }, audit);
    return { projectId, organisation, environmentId: v1.id, v1 };
  }
  const value = (id: number, text: string) =>
    `UPDATE features_featurestatevalue SET string_value = '${text}' WHERE feature_state_id = ${id}`;
  const settle = (projectId: number, ...environmentIds: number[]) =>
    untilQuiet(stage, watchOutbox(stage), { projectId, environmentIds }, 60_000);

  it('knows each committed state, in the order of commits, and who made it', async () => {
    const { environmentId, organisation, v1 } = await newProject();
    await commit(stage, { actor: 'a', doing: 'one', halfMade: 'begins' }, [value(v1.colour.id, 'one')]);
    await assert.rejects(
      commit(stage, { actor: 'a', doing: 'none' }, [value(v1.colour.id, 'none')], () =>
        Promise.reject(new Error('rolled back')),
      ),
      /rolled back/,
    );
    await commit(stage, { actor: 'a', doing: 'two', halfMade: 'ends' }, [value(v1.colour.id, 'two')]);
    await commit(stage, { actor: 'a', doing: 'gone' }, deletionOf(v1));
    await stage.history.catchUp();

    const states = stage.history.statesOf(environmentId, { table: 'v1', withOverlaps: false });
    assert.deepEqual(
      states.map(({ commit: made, key, halfMade }) => [made?.said?.doing, key, halfMade]),
      [
        [undefined, null, false],
        ['a project', apiKeyOf(environmentId), false],
        ['an audit row', apiKeyOf(environmentId), false],
        ['one', apiKeyOf(environmentId), true],
        ['two', apiKeyOf(environmentId), false],
        ['gone', null, false],
      ],
    );
    assert.equal(new Set(states.slice(1, -1).map(({ content }) => content)).size, 4);
    assert.equal(stage.history.commitsOf(organisation).length, 5);
  });

  it('finds nothing wrong with what the product writes, and deletes', async () => {
    const { environmentId, projectId, v1 } = await newProject();
    await settle(projectId, environmentId);
    stage.reader.watch(placesOf(stage, environmentId));
    await commit(stage, { actor: 'a', doing: 'a value' }, [value(v1.colour.id, 'blue')]);
    await settle(projectId, environmentId);
    const written = await judge(stage, environmentId);
    assert.ok(isClean(written.findings), written.findings.details.join('\n'));
    const { observations, states, finalReadings } = written.evidence.v1;
    assert.ok(observations.length >= 2);
    assert.deepEqual([...finalReadings.values()], [states.at(-1)!.content]);

    await commit(stage, { actor: 'a', doing: 'a deletion' }, deletionOf(v1));
    await settle(projectId, environmentId);
    const deleted = await judge(stage, environmentId);
    assert.ok(isClean(deleted.findings), deleted.findings.details.join('\n'));
    assert.equal(deleted.evidence.v2.observations.at(-1)!.content, null);
    assert.ok(stage.reader.readings > 0);
    assert.deepEqual(stage.reader.contradictions, []);
  });

  it('finds a document that no state has, and notices that it is not on record', async () => {
    const { environmentId, projectId } = await newProject();
    await settle(projectId, environmentId);
    const [place] = placesOf(stage, environmentId);
    stage.reader.watch([place!]);
    const item = { ...place!.itemKey, name: { S: 'past the recorder' } };
    await stage.dynamo.send(new PutItemCommand({ TableName: place!.table, Item: item }));
    const { findings } = await judge(stage, environmentId);
    assert.deepEqual([findings.lost, isClean(findings)], [1, false]);
    while (stage.reader.contradictions.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stage.reader.unwatch([place!]);
  });

  describe('knows that of two commits the later one may be the first to be seen:', () => {
    const contents = (states: TracedState[]) => new Set(states.map(({ content }) => content));
    const statesOf = (environmentId: number, organisation: number, withOverlaps: boolean) =>
      committedStates(stage.history.commitsOf(organisation), environmentId, {
        ...{ table: 'v1', until: '2100-01-01T00:00:00.000000', withOverlaps },
      });

    /** One right after the other in a project of their own: on a busy machine perhaps not at the first try. */
    async function twoCommits(
      actors: readonly string[],
      states: readonly ('colour' | 'size')[],
    ): Promise<Awaited<ReturnType<typeof newProject>>> {
      const project = await newProject();
      // Apart from what was staged.
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const [i, state] of states.entries())
        await commit(stage, { actor: actors[i]!, doing: 'a value' }, [
          value(project.v1[state].id, `new ${i}`),
        ]);
      await stage.history.catchUp();
      const [first, second] = stage.history.commitsOf(project.organisation).slice(-2);
      const apartUs = microseconds(second!.committedAt) - microseconds(first!.committedAt);
      return apartUs <= OVERLAP_US ? project : await twoCommits(actors, states);
    }

    for (const { what, actors, states, more } of [
      { what: 'two actors’, of different rows', actors: ['a', 'b'], states: ['colour', 'size'], more: 1 },
      { what: 'one actor’s are in order', actors: ['a', 'a'], states: ['colour', 'size'], more: 0 },
      { what: 'those of one row are in order', actors: ['a', 'b'], states: ['colour', 'colour'], more: 0 },
    ] as const)
      it(what, async () => {
        const { environmentId, organisation } = await twoCommits(actors, states);
        const plain = contents(statesOf(environmentId, organisation, false));
        const wider = contents(statesOf(environmentId, organisation, true));
        assert.equal(wider.size - plain.size, more);
      });
  });
});

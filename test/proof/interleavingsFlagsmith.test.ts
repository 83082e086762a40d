import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Findings } from '../../proof/checker/findings.js';
import {
  type FlagsmithWriter,
  startFlagsmithWriter,
} from '../../proof/interleavings/control/flagsmithWriter.js';
import { runInterleavings } from '../../proof/interleavings/runs.js';
import { judge } from '../../proof/stage/judge.js';
import { commit } from '../../proof/stage/transaction.js';
import { deletionOf } from '../adopted/actions/environments.js';
import { newStage, stageRows } from '../adopted/stage.js';
import { useStage } from './useStage.js';

describe('interleavings with Flagsmith’s own algorithm', function () {
  // As many interleavings as it takes: minutes, where other tests have the processors.
  this.timeout(600_000);
  let writer: FlagsmithWriter;
  // Before the stage's own: what uses it ends first.
  after(() => writer.stop());
  const stage = useStage();
  before(() => {
    writer = startFlagsmithWriter(stage, 1);
  });

  it('show documents that are partial, and stale ones', async () => {
    const isEnough = ({ partial, stale }: Findings) => partial > 0 && stale > 0;
    const untilQuiet = () => writer.untilIdle().then(() => new Map<number, string>());
    const { findings } = await runInterleavings(
      { stage, untilQuiet, writeFirst: writer.write },
      { seed: 500, runs: 400, atATime: 20, isEnough, creations: false },
    );
    assert.ok(isEnough(findings), JSON.stringify({ ...findings, details: [] }));
    assert.deepEqual(stage.reader.contradictions, []);
  });

  it('show a stale one, where a put is held up until a later one is there', async () => {
    const project = await writtenProject();
    const { letGo, late } = await holdUpWrite(project.v1.id);
    await commit(stage, { actor: 'a', doing: 'renames' }, [
      `UPDATE environments_environment SET name = 'renamed' WHERE id = ${project.v1.id}`,
    ]);
    await writer.write(project.v1.id);
    letGo();
    await late;
    const { findings } = await judge(stage, project.v1.id);
    assert.ok(findings.stale > 0, findings.details.join());
  });

  it('show one that is resurrected, where a put is held up until its environment is deleted', async () => {
    const project = await writtenProject();
    const { letGo, late } = await holdUpWrite(project.v1.id);
    await commit(stage, { actor: 'a', doing: 'deletes' }, deletionOf(project.v1));
    await writer.untilIdle();
    letGo();
    await late;
    const { findings } = await judge(stage, project.v1.id);
    assert.equal(findings.resurrected, 2, findings.details.join());
  });

  async function writtenProject() {
    const project = newStage('v1');
    await commit(stage, { actor: 'before', doing: 'the project' }, stageRows(project, {}));
    await writer.write(project.v1.id);
    return project;
  }

  /** A write that has read its document, and whose put waits to be let go. */
  async function holdUpWrite(environmentId: number) {
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const held: string[] = [];
    stage.recorder.beforeWrite(async ({ kind, table }) => {
      if (kind === 'delete' || held.length > 0) return;
      held.push(table);
      await gate;
    });
    const late = writer.write(environmentId);
    while (held.length === 0) await delay(10);
    return { letGo, late };
  }
});

import { newStage, stageRows } from '../../test/adopted/stage.js';
import { type Findings, isClean, sumFindings } from '../checker/findings.js';
import { type Judgement, judge, placeOfKey, placeOfEnvironment, placesOf } from '../stage/judge.js';
import { apiKeyOf } from '../../test/adopted/stage.js';
import { type OutboxWatch, untilQuiet } from '../stage/quiet.js';
import type { Stage } from '../stage/stage.js';
import { commit } from '../stage/transaction.js';
import { act, type ActorWorld, noDoings } from './actors.js';
import type { Plan } from './plan.js';
import { type Situations, situationsIn } from './situations.js';
import { traceOf } from './trace.js';

/** What became of one plan. */
export interface Outcome {
  plan: Plan;
  findings: Findings;
  situations: Situations;
  /** What is needed to understand a finding; undefined without one. */
  trace: string | undefined;
}

export interface Interleaver {
  stage: Stage;
  /** Waits until nothing is left to do; whoever writes the documents. */
  untilQuiet: (project: { projectId: number; environmentIds: number[] }) => Promise<Map<number, string>>;
  /** Writes an environment's document before anything happens to it. */
  writeFirst: (environmentId: number) => Promise<void>;
  /** As `ActorWorld`. */
  beforeCommit?: ActorWorld['beforeCommit'];
}

const QUIET_WITHIN_MS = 300_000;

/** With the product's worker on the stage. */
export const withProduct = (
  stage: Stage,
  outbox: OutboxWatch,
  writeFirst: Interleaver['writeFirst'],
): Interleaver => ({
  ...{ stage, writeFirst },
  untilQuiet: async (project) => (await untilQuiet(stage, outbox, project, QUIET_WITHIN_MS)).failed,
});

/** Lets all actors of the plan act, waits until what they set off has ended, and judges every environment. */
export async function interleave(interleaver: Interleaver, plan: Plan): Promise<Outcome> {
  const { stage } = interleaver;
  const project = newStage(plan.on);
  const doings = noDoings();
  const watched = project.environments.flatMap(({ id }) => [
    placeOfKey(stage, apiKeyOf(id)),
    placeOfEnvironment(stage, id),
  ]);
  await stageProject(interleaver, plan, project);
  stage.reader.watch(watched);
  try {
    const world: ActorWorld = {
      ...{ stage, project, doings },
      ...(interleaver.beforeCommit && { beforeCommit: interleaver.beforeCommit }),
    };
    await Promise.all(plan.actors.map((actor) => act(world, actor)));
    await stage.history.catchUp();
    const environmentIds = stage.history.environmentsOf(project.organisation);
    const failed = await interleaver.untilQuiet({ projectId: project.project, environmentIds });
    const judgements: Judgement[] = [];
    for (const id of environmentIds) judgements.push(await judge(stage, id));
    const findings = sumFindings(judgements.map((judgement) => judgement.findings));
    const commits = stage.history.commitsOf(project.organisation);
    return {
      ...{ plan, findings },
      situations: situationsIn(judgements, commits, doings, failed),
      trace: isClean(findings) ? undefined : traceOf(plan, judgements, commits, failed),
    };
  } finally {
    stage.reader.unwatch(watched);
    for (const id of stage.history.environmentsOf(project.organisation))
      for (const { table, key } of placesOf(stage, id)) stage.recorder.forget(table, key);
    stage.history.forget(project.organisation);
  }
}

/** A project that was there before, with its documents. */
async function stageProject(
  { stage, ...interleaver }: Interleaver,
  plan: Plan,
  project: ReturnType<typeof newStage>,
): Promise<void> {
  const settings = plan.actors.flatMap((actor) =>
    actor.kind === 'flagsmith' ? (actor.action.project ?? []) : [],
  );
  await commit(stage, { actor: 'before', doing: 'the project' }, [
    'SET LOCAL session_replication_role = replica',
    ...stageRows(project, Object.assign({}, ...settings) as object),
  ]);
  for (const { id } of project.environments) await interleaver.writeFirst(id);
}

import { momentsOf } from '../history.js';
import type { Narrator } from '../narrate.js';
import type { Stage } from '../stage.js';

export interface CreationToTell {
  stage: Stage;
  narrator: Narrator;
  workflowId: string;
  /** What to say once row and audit row are committed. */
  committed: string;
  signal: AbortSignal;
}

/** Tells the steps of a creation workflow, to its end. */
export async function tellCreation(creation: CreationToTell): Promise<void> {
  const { stage, narrator, workflowId, committed, signal } = creation;
  for await (const moment of momentsOf(stage.client, workflowId, { signal })) {
    if (moment.kind === 'failed') throw new Error(`${workflowId} failed: ${moment.message}`);
    if (moment.kind === 'completed') return;
    if (moment.kind !== 'activity') continue;
    if (moment.name.startsWith('record')) narrator.event(`creation ${committed}`, moment.atMs);
    if (moment.name.startsWith('clear'))
      narrator.event('creation the seeding has ended: is_creating is cleared', moment.atMs);
  }
}

/** The environment that a `createEnvironment` has just inserted. */
export async function createdEnvironmentId(
  { client }: Stage,
  workflowId: string,
  signal: AbortSignal,
): Promise<number> {
  for await (const moment of momentsOf(client, workflowId, { signal })) {
    if (moment.kind === 'activity' && moment.name === 'insertEnvironment')
      return (moment.result as { environmentId: number }).environmentId;
    if (moment.kind === 'failed') throw new Error(`${workflowId} failed: ${moment.message}`);
  }
  throw new Error(`${workflowId} inserted nothing.`);
}

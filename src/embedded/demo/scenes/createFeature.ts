import { contentsOfDocument } from '../contents.js';
import { startCreateFeature } from '../creations.js';
import { documentNow, storedDocument } from '../documents.js';
import type { Narrator } from '../narrate.js';
import type { Stage } from '../stage.js';
import { tellHeldUpSeeding } from './heldUpSeeding.js';
import { tellResult } from './tellResult.js';

const NAME = 'one_click_buy';

/** A feature is created and its seeding held up: no document of the project is written before all environments have it. */
export async function sceneCreateFeature(
  stage: Stage,
  narrator: Narrator,
  projectId: number,
  environmentId: number,
  signal: AbortSignal,
): Promise<void> {
  await tellHeldUpSeeding({
    stage,
    narrator,
    signal,
    environmentId,
    start: () =>
      startCreateFeature(stage, { projectId, name: NAME, initialValue: 'buy_now', defaultEnabled: true }),
    committed: `${NAME} and its audit row are committed: Flagsmith's cue to write`,
    halfWay: async () => {
      const environments = await stage.db<{ id: number; name: string }[]>`
        SELECT id, name FROM public.environments_environment WHERE project_id = ${projectId} ORDER BY id`;
      const contents = await Promise.all(
        environments.map(async ({ id }) => contentsOfDocument(await documentNow(stage, id))),
      );
      const lacking = environments.filter((_, i) => !contents[i]?.some(({ name }) => name === NAME));
      const stored = await storedDocument(stage, environmentId);
      narrator.event(
        [
          'demo     holds the seeding up after its first chunk',
          `         of ${environments.length} documents written now ${lacking.length} would lack ${NAME}: ${lacking.map(({ name }) => name).join(', ')}`,
          `         in DynamoDB: Production as it was, with ${stored?.contents.length ?? 0} features`,
        ].join('\n'),
      );
    },
  });
  await tellResult(stage, narrator, environmentId, projectId);
}

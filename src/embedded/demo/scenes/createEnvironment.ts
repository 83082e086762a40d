import { expectedContents, contentsOfDocument, whatLacks } from '../contents.js';
import { startCreateEnvironment } from '../creations.js';
import { documentNow, storedDocument } from '../documents.js';
import type { Narrator } from '../narrate.js';
import type { Stage } from '../stage.js';
import { tellHeldUpSeeding } from './heldUpSeeding.js';
import { tellResult } from './tellResult.js';

/** An environment is created and its seeding held up: no document of it is written before all its features are there. */
export async function sceneCreateEnvironment(
  stage: Stage,
  narrator: Narrator,
  projectId: number,
  signal: AbortSignal,
): Promise<number> {
  const name = 'Production';
  const environmentId = await tellHeldUpSeeding({
    stage,
    narrator,
    signal,
    start: () => startCreateEnvironment(stage, { projectId, name }),
    committed: `${name} and its audit row are committed: Flagsmith's cue to write`,
    halfWay: async (id) => {
      const expected = await expectedContents(stage.db, projectId);
      const contents = contentsOfDocument(await documentNow(stage, id));
      const lacking = whatLacks(contents, expected);
      const stored = await storedDocument(stage, id);
      narrator.event(
        [
          'demo     holds the seeding up after its first chunk',
          `         a document written now would have ${contents.length} of ${expected.length} features,`,
          `         and lack ${lacking.slice(0, 3).join(', ')} and ${lacking.length - 3} more`,
          `         in DynamoDB: ${stored ? `a document with ${stored.contents.length} features` : 'no item'}`,
        ].join('\n'),
      );
    },
  });
  await tellResult(stage, narrator, environmentId, projectId);
  return environmentId;
}

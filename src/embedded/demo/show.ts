import { untilComplete } from './completeness.js';
import { createEnvironments } from './creations.js';
import { showLinks, showMetrics } from './links.js';
import type { Narrator } from './narrate.js';
import { insertProject } from './project.js';
import { sceneCreateEnvironment } from './scenes/createEnvironment.js';
import { sceneCreateFeature } from './scenes/createFeature.js';
import type { Stage } from './stage.js';

const ENVIRONMENTS = ['Development', 'Testing', 'Staging', 'Canary', 'Preview'];

/**
 * Plays the whole story.
 *
 * @throws if a document was written half-seeded, or is not complete in the end
 */
export async function show(stage: Stage, narrator: Narrator, signal: AbortSignal): Promise<void> {
  narrator.heading('2. A project, and the race');
  const projectId = await insertProject(stage.stack.databaseUrl);
  await createEnvironments(stage, projectId, ENVIRONMENTS);
  const before = await untilComplete(stage, projectId, signal);
  narrator.line(
    `Project "Shop": ${before.features} features, ${before.environments} environments, a document in DynamoDB for each of them.`,
  );
  narrator.line();
  narrator.line('A document is what edge servers answer from: all features of one environment with their');
  narrator.line(
    'values, in one item. Its write is triggered by an audit row. But a new environment gets its',
  );
  narrator.line(
    'feature states ("seeding") only after that row: a write in between serves too few features.',
  );
  narrator.line('A sync therefore looks first whether anything is being seeded: at 0, 1, 3 and 7 s.');

  narrator.heading('3. createEnvironment "Production", held up half-way');
  const environmentId = await sceneCreateEnvironment(stage, narrator, projectId, signal);

  narrator.heading(
    `4. createFeature "one_click_buy", in ${before.environments + 1} environments, held up half-way`,
  );
  await sceneCreateFeature(stage, narrator, projectId, environmentId, signal);

  narrator.heading('5. Checked');
  const counts = await untilComplete(stage, projectId, signal);
  narrator.good(
    `All ${counts.environments} documents are complete: ${counts.features} features, ${counts.values} values and ${counts.variants} variants in each.`,
  );
  narrator.line('Compared with what PostgreSQL holds now, field by field and by counting, in both tables.');
  narrator.line();
  await showMetrics(stage, narrator);

  narrator.heading('6. Look around');
  showLinks(stage, narrator, environmentId);
}

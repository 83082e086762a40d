import { untilComplete } from './completeness.js';
import { createEnvironments } from './creations.js';
import { showMetrics } from './links.js';
import type { Narrator } from './narrate.js';
import { insertProject } from './project.js';
import { sceneCreateEnvironment } from './scenes/createEnvironment.js';
import { sceneCreateFeature } from './scenes/createFeature.js';
import type { Stage } from './stage.js';

const THE_RACE = [
  'An environment document is what edge servers answer from: one DynamoDB item with all features of',
  'an environment and their values. An audit row triggers its write. But a new environment, or a new',
  'feature, gets its feature states only after that row ("seeding"): a document written in between',
  'lacks features. So the sync, one workflow per environment, first looks whether something is being',
  'seeded, at 0, 1, 3 and 7 s, and writes as soon as nothing is.',
  '',
  'In what follows "creation" is the workflow that creates, "sync" the one that writes the document;',
  '"demo" holds the seeding up half-way, by a lock, for three looks.',
];

const ENVIRONMENTS = ['Development', 'Testing', 'Staging', 'Canary', 'Preview'];

/**
 * Plays the whole story. Gives the environment it was about.
 *
 * @throws if a document was written half-seeded, or is not complete in the end
 */
export async function show(stage: Stage, narrator: Narrator, signal: AbortSignal): Promise<number> {
  narrator.heading('2. A project, and the race');
  const projectId = await insertProject(stage.stack.databaseUrl);
  await createEnvironments(stage, projectId, ENVIRONMENTS);
  const before = await untilComplete(stage, projectId, signal);
  narrator.line(
    `Project "Shop": ${before.features} features, ${before.environments} environments, a document in DynamoDB for each of them.`,
  );
  narrator.line();
  for (const line of THE_RACE) narrator.line(line);

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
  return environmentId;
}

import { generateEnvironment } from '../document/generatedEnvironment.js';
import { copyRows } from '../frame/copyRows.js';
import { runScript, settle } from '../frame/database.js';

export const FEATURES = 20;
/** The organisation of many environments; that of the generated project has one. */
export const BIG_ORGANISATION = 2;
const ENVIRONMENTS_OF_A_PROJECT = 200;
/** The first project of many environments, and the first of those. */
const FIRST_PROJECT = 100;
const FIRST_ENVIRONMENT = 1_000;
/** More than there are rows of a table in the generated project, or in one environment of it. */
const MANY = 1_000;

/**
 * Fills an empty database with two organisations: one has one environment, the other one `count` of them, in projects of
 * 200, each with features of its own. Every fifth feature is multivariate; there are neither segments nor overrides.
 */
export async function generateEnvironments(url: string, count: number): Promise<void> {
  await generateEnvironment(url, { features: FEATURES, segments: 1, overrides: 0 });
  await runScript(
    url,
    // As a replica: rows that are copied whole need no check of their foreign keys, and no trigger.
    `BEGIN; SET LOCAL session_replication_role = replica; ${copies(count).join(';')}; COMMIT`,
  );
  await settle(url);
}

/** Of such data, for a bench's settings. */
export const describeData = (count: number): Record<string, string | number> => ({
  environments: `${count} in ${projectsFor(count)} projects of one organisation, one in another`,
  'features of each': `${FEATURES}, of which every fifth is multivariate; neither segments nor overrides`,
});

/** The ids of the many. */
export const environmentIds = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => FIRST_ENVIRONMENT + i);

const projectsFor = (count: number) => Math.ceil(count / ENVIRONMENTS_OF_A_PROJECT);

/** Ids of copies: those of the original beside the number of the project, or of the environment, that they are of. */
const copies = (count: number): string[] => {
  const projects = `generate_series(${FIRST_PROJECT}, ${FIRST_PROJECT + projectsFor(count) - 1})`;
  const environments = `generate_series(${FIRST_ENVIRONMENT}, ${FIRST_ENVIRONMENT + count - 1})`;
  const projectOf = `(${FIRST_PROJECT} + (copy - ${FIRST_ENVIRONMENT}) / ${ENVIRONMENTS_OF_A_PROJECT})`;
  const own = (id: string, copy: string) => `${id} + ${copy} * ${MANY}`;
  const forEach = (copy: string) => `CROSS JOIN ${copy} AS copy`;
  const state = 'JOIN public.features_featurestate AS state ON state.id = source.feature_state_id';
  return [
    copyRows('organisations_organisation', { id: String(BIG_ORGANISATION), uuid: NEW }, 'source.id = 1'),
    copyRows(
      'organisations_subscription',
      { id: String(BIG_ORGANISATION), organisation_id: String(BIG_ORGANISATION), uuid: NEW },
      'source.organisation_id = 1',
    ),
    copyRows(
      'projects_project',
      { id: 'copy', organisation_id: String(BIG_ORGANISATION), uuid: NEW },
      'source.id = 1',
      forEach(projects),
    ),
    copyRows(
      'features_feature',
      { id: own('source.id', 'copy'), project_id: 'copy', uuid: NEW },
      'source.project_id = 1',
      forEach(projects),
    ),
    copyRows(
      'multivariate_multivariatefeatureoption',
      { id: own('source.id', 'copy'), feature_id: own('source.feature_id', 'copy'), uuid: NEW },
      `source.id < ${MANY}`,
      forEach(projects),
    ),
    copyRows(
      'environments_environment',
      { id: 'copy', project_id: projectOf, api_key: `'environment-' || copy`, uuid: NEW },
      'source.id = 1',
      forEach(environments),
    ),
    copyRows(
      'features_featurestate',
      {
        id: own('source.id', 'copy'),
        environment_id: 'copy',
        feature_id: own('source.feature_id', projectOf),
        uuid: NEW,
      },
      'source.environment_id = 1',
      forEach(environments),
    ),
    copyRows(
      'features_featurestatevalue',
      { id: own('source.id', 'copy'), feature_state_id: own('source.feature_state_id', 'copy'), uuid: NEW },
      'state.environment_id = 1',
      `${state} ${forEach(environments)}`,
    ),
    copyRows(
      'multivariate_multivariatefeaturestatevalue',
      {
        id: own('source.id', 'copy'),
        feature_state_id: own('source.feature_state_id', 'copy'),
        multivariate_feature_option_id: own('source.multivariate_feature_option_id', projectOf),
        uuid: NEW,
      },
      'state.environment_id = 1',
      `${state} ${forEach(environments)}`,
    ),
  ];
};

/** Of version 4, as readers ask for. */
const NEW = 'gen_random_uuid()';

import type { BenchEnvironment } from '../frame/changes.js';
import { copyRows } from '../frame/copyRows.js';
import { runScript, settle } from '../frame/database.js';

/** Of the project of many environments: as many as a big customer has. */
export const ENVIRONMENTS = 178;
export const BIG_PROJECT = 2;
/** Of another organisation, with one environment. */
export const OTHER: BenchEnvironment = { id: 1_000, projectId: 3, apiKey: 'other-environment' };

export const bigProjectEnvironments: BenchEnvironment[] = Array.from({ length: ENVIRONMENTS }, (_, i) => ({
  id: 2_000 + i,
  projectId: BIG_PROJECT,
  apiKey: `environment-${2_000 + i}`,
}));

/**
 * Copies the generated project into two more organisations: one whose project has many environments, one whose project
 * has a single one. Expects the generated data to be there.
 */
export async function copyGeneratedProject(url: string): Promise<void> {
  await runScript(
    url,
    `BEGIN;
     ${copyOwners(2)}; ${copyOwners(3)};
     ${copyEnvironments(2, `generate_series(2000, ${2_000 + ENVIRONMENTS - 1})`)};
     ${copyEnvironments(3, 'generate_series(1000, 1000)')};
     COMMIT`,
  );
  await settle(url);
}

const copyOwners = (id: number): string => `
  ${copyRows('organisations_organisation', { id: String(id), uuid: 'gen_random_uuid()' }, 'source.id = 1')};
  ${copyRows('organisations_subscription', { id: String(id), organisation_id: String(id), uuid: 'gen_random_uuid()' }, 'source.organisation_id = 1')};
  ${copyRows('projects_project', { id: String(id), organisation_id: String(id), uuid: 'gen_random_uuid()' }, 'source.id = 1')};
  ${copyRows('features_feature', { id: `source.id + ${id} * 10000`, project_id: String(id), uuid: 'gen_random_uuid()' }, 'source.project_id = 1')}`;

const copyEnvironments = (project: number, ids: string): string => `
  ${copyRows('environments_environment', { id: 'copy', project_id: String(project), uuid: 'gen_random_uuid()', api_key: `CASE copy WHEN 1000 THEN 'other-environment' ELSE 'environment-' || copy END` }, 'source.id = 1', `CROSS JOIN ${ids} AS copy`)};
  ${copyRows('features_featurestate', { id: 'source.id + copy * 100000', environment_id: 'copy', feature_id: `source.feature_id + ${project} * 10000`, uuid: `overlay(overlay(md5(copy || 'state' || source.id) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid` }, 'source.environment_id = 1 AND source.feature_segment_id IS NULL', `CROSS JOIN ${ids} AS copy`)};
  ${copyRows('features_featurestatevalue', { id: 'source.id + copy * 100000', feature_state_id: 'source.feature_state_id + copy * 100000', uuid: 'gen_random_uuid()' }, 'state.environment_id = 1 AND state.feature_segment_id IS NULL', `JOIN public.features_featurestate AS state ON state.id = source.feature_state_id CROSS JOIN ${ids} AS copy`)}`;

import type { ProjectRow } from './rows.js';

/** Which items the project's environments have; a table that is not configured leaves its item out besides. */
export function writtenItems(project: ProjectRow): { v1: boolean; v2: boolean } {
  const v1 = project.enableDynamoDb;
  const status = project.identityOverridesV2MigrationStatus;
  // Not the most advanced states: IN_PROGRESS has no v2 item, INCOMPLETE has one.
  return { v1, v2: v1 && (status === 'COMPLETE' || status === 'INCOMPLETE') };
}

import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/**
 * What syncs are found by in the list of workflows. Each is optional: one that the namespace does not know is not set,
 * as it would fail the start, or block the workflow for ever.
 */
export const searchAttributes = {
  environmentId: defineSearchAttributeKey('FlagsmithEnvironmentId', SearchAttributeType.KEYWORD),
  projectId: defineSearchAttributeKey('FlagsmithProjectId', SearchAttributeType.KEYWORD),
  organisationId: defineSearchAttributeKey('FlagsmithOrganisationId', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('DocumentSyncState', SearchAttributeType.KEYWORD),
};

export const SEARCH_ATTRIBUTE_NAMES: readonly string[] = Object.values(searchAttributes).map(
  ({ name }) => name,
);

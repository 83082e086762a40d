import { readFileSync } from 'node:fs';
import type { Situations } from './situations.js';

/** The queries of `docs/web-ui.md` by the heading that they stand under. */
export function readSavedQueries(): Map<string, string> {
  const page = readFileSync('docs/web-ui.md', 'utf8');
  const sections = page.split(/^### /m).slice(1);
  return new Map(
    sections.flatMap((section) => {
      const query = /```sql\n([^`]+)```/.exec(section)?.[1];
      return query === undefined ? [] : [[section.split('\n', 1)[0]!, query.replaceAll('\n', ' ').trim()]];
    }),
  );
}

/** The query with the page's examples of ids, moments and the instance replaced by those of the situations. */
export function queryFor(name: string, { system, ...of }: Situations): string {
  const query = readSavedQueries().get(name);
  if (query === undefined) throw new Error(`docs/web-ui.md has no query "${name}".`);
  return query
    .replace(/(FlagsmithProjectId = )'\d+'/, `$1'${of.projectId}'`)
    .replace(/(FlagsmithOrganisationId = )'\d+'/, `$1'${of.organisationId}'`)
    .replace(/(FlagsmithEnvironmentId = )'\d+'/, `$1'${of.environments.slow}'`)
    .replace(/(CloseTime > )'[^']+'/, `$1'${new Date(Date.now() - 86_400_000).toISOString()}'`)
    .replace('environment-document-sync/default/', `environment-document-sync/${system.database.name}/`);
}

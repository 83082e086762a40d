import assert from 'node:assert/strict';
import { loadScenario, useDatabase } from '../support/database.js';
import { readScenario, scenarioNames } from '../document/scenarios.js';
import { decodeItem } from './decodeItem.js';
import { itemDifferences } from './differences.js';
import { readTables } from './readTables.js';
import { expectedItems, isUnmappable, type Expected } from './reference/expectedItems.js';
import { AS_OF } from './values.js';

// The reference judges the product, so it is judged itself: by what Flagsmith wrote. The biggest would take it minutes.
for (const name of scenarioNames.filter((name) => name !== 'j_big')) {
  describe(`the reference, given the rows of scenario ${name}`, () => {
    const database = useDatabase({ template: 'baseline' });
    before(() => loadScenario(database.url, name));

    it('gives the items that Flagsmith wrote', async () => {
      const tables = await readTables(database.sql);
      const scenario = readScenario(name);
      for (const environment of scenario.environments) {
        const { environment_id: id, project_id: project } = environment;
        const expected = expectedItems(tables, id, AS_OF);
        const raised = project in (scenario.errors_by_project ?? {});
        const raisedCompressed = project in (scenario.errors_by_project_compressed ?? {});
        assert.deepEqual(
          [
            ...deviation(expected, 'plain', 'v1', environment.v1, raised),
            ...deviation(expected, 'plain', 'v2', environment.v2, raised),
            ...deviation(expected, 'compressed', 'v1', environment.v1_compressed, raisedCompressed),
            ...deviation(expected, 'compressed', 'v2', environment.v2_compressed, raisedCompressed),
          ],
          [],
          `environment ${id}`,
        );
      }
    });
  });
}

function deviation(
  expected: Expected | null,
  form: 'plain' | 'compressed',
  table: 'v1' | 'v2',
  recorded: object | null,
  raised: boolean,
): string[] {
  // One failing environment kept Flagsmith from writing others of its project.
  if (recorded === null && raised) return [];
  if (recorded === null) return expected?.writes[table] ? [`${form} ${table} was not written`] : [];
  if (!expected?.writes[table]) return [`${form} ${table} was written`];
  const items = expected[form];
  if (isUnmappable(items)) return [`${form} ${table} was mapped, in spite of ${items.failures.join()}`];
  return itemDifferences(`${form} ${table}`, decodeItem(recorded), items[table]);
}

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { queryFor, readSavedQueries } from './savedQueries.js';
import { useSituations } from './situations.js';

describe('the saved queries of docs/web-ui.md', () => {
  const situations = useSituations();
  type Name = keyof typeof situations.environments | 'sweep';
  const ALL: Name[] = ['stuck', 'gaveUp', 'refused', 'slow', 'scheduled', 'well', 'elsewhere'];

  const found: Record<string, Name[]> = {
    'Stuck now': ['stuck'],
    'Gave up today': ['gaveUp', 'refused'],
    Slowest: ['slow'],
    'One project': ALL.filter((name) => name !== 'elsewhere'),
    'One organisation': ALL.filter((name) => name !== 'elsewhere'),
    'One environment': ['slow'],
    'Waiting for a scheduled change': ['scheduled'],
    'Sweeps under way': ['sweep'],
    'All of one project': [...ALL.filter((name) => name !== 'elsewhere'), 'sweep'],
    'Without search attributes': ['stuck', 'scheduled'],
  };

  /** Whose runs are listed, of these situations only: tests share the server, and their databases the ids. */
  async function list(query: string): Promise<string[]> {
    const names = new Map([
      [situations.sweepId, 'sweep'],
      ...Object.entries(situations.environments).map(
        ([name, id]) => [situations.system.syncOf(id).workflowId, name] as const,
      ),
    ]);
    const listed = new Set<string>();
    for await (const { workflowId } of situations.system.client.workflow.list({ query })) {
      const name = names.get(workflowId);
      if (name !== undefined) listed.add(name);
    }
    return [...listed].sort();
  }

  it('are all tried here', () => {
    assert.deepEqual([...readSavedQueries().keys()].sort(), Object.keys(found).sort());
  });

  for (const [query, expected] of Object.entries(found)) {
    it(`"${query}" finds ${expected.join(', ')} and nothing else`, async () => {
      const wanted = [...expected].sort();
      // What is listed lags a moment behind what has happened.
      let listed = await list(queryFor(query, situations));
      for (let tries = 0; tries < 50 && listed.join() !== wanted.join(); tries++) {
        await delay(100);
        listed = await list(queryFor(query, situations));
      }
      assert.deepEqual(listed, wanted);
    });
  }
});

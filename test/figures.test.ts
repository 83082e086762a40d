import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { keptFigures } from '../figures/keptFigures.js';
import { limitsOf } from '../figures/markdown.js';
import { pages, textOf } from '../figures/pages.js';

describe('The pages of figures', () => {
  for (const page of pages)
    it(`docs/${page.file} says what the kept runs say, and nothing else`, () => {
      const written = readFileSync(new URL(`../docs/${page.file}`, import.meta.url), 'utf8');
      assert.equal(written, textOf(page, keptFigures()));
    });

  it('have a place for each run that is kept', () => {
    const shown = pages.flatMap(({ names }) => names);
    assert.deepEqual(
      [...keptFigures().keys()].filter((name) => !shown.includes(name)),
      [],
    );
  });

  it('say which limits were not kept, and the reason that was found', () => {
    const limits = [
      { what: 'time', measured: 1.5, atMost: 2, whyNot: 'never shown' },
      { what: 'lost', measured: 3, atMost: 0, unit: 'changes', whyNot: 'the disk was full' },
      { what: 'rate', measured: 0.65, atLeast: 0.7 },
    ];
    assert.equal(
      limitsOf(limits),
      `| figure | measured | limit | kept |
| --- | ---: | ---: | ---: |
| time | 1.500 × | at most 2.000 × | yes |
| lost | 3 changes | at most 0 changes | **no** |
| rate | 0.650 × | at least 0.700 × | **no** |

Not kept, lost: the disk was full`,
    );
  });
});

import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { keepFigures, keptFigures } from './keptFigures.js';
import { pages, textOf } from './pages.js';

new Command('npm run figures --')
  .description(
    'Writes docs/performance.md and docs/reliability.md from the runs that are kept in docs/figures.',
  )
  .argument('[files...]', 'runs to keep, written by --json of a bench or a proof')
  .addHelpText(
    'after',
    `
Examples:
  npm run bench -- latency --json run.json && npm run figures -- run.json
  npm run figures`,
  )
  .action((files: string[]) => {
    for (const file of files) console.log(`kept from ${file}: ${keepFigures(file).join(', ')}`);
    for (const page of pages) {
      writeFileSync(new URL(`../docs/${page.file}`, import.meta.url), textOf(page, keptFigures()));
      console.log(`docs/${page.file} is written`);
    }
  })
  .parse();

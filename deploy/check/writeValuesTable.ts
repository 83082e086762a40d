import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHART, readChartFile } from './chart/files.js';
import { valuesTable } from './chart/valuesTable.js';

/** Writes the table of values in the chart's README anew: `npx tsx deploy/check/writeValuesTable.ts`. */
const [before] = readChartFile('README.md').split('| Value |');
writeFileSync(path.join(CHART, 'README.md'), `${before ?? ''}${valuesTable()}\n`);

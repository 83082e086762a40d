import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Schema } from '../schemas/strictSchema.js';

export type Values = Record<string, unknown>;

/** The chart's folder. */
export const CHART = fileURLToPath(new URL('../../helm/environment-document-sync', import.meta.url));

export const readChartFile = (name: string): string => readFileSync(path.join(CHART, name), 'utf8');

export const readDefaults = (): Values => parse(readChartFile('values.yaml')) as Values;

/** The values that have no default and must be given, and no others. */
export const readMinimalValues = (): Values => parse(readChartFile('ci/minimal-values.yaml')) as Values;

export const readValuesSchema = (): Schema => JSON.parse(readChartFile('values.schema.json')) as Schema;

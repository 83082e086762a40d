import type { ValueColumns } from './rows.js';
import type { FeatureValue } from './types.js';

/** The value in the column that the row's type names; the other columns may hold leftovers of an earlier type. */
export function featureValue(row: ValueColumns): FeatureValue {
  if (row.valueType === 'int') return row.integerValue;
  if (row.valueType === 'bool') return row.booleanValue;
  return row.stringValue;
}

import { UnreadableDocumentError } from './errors.js';
import { featureValue } from './featureValue.js';
import type { MultivariateValueRow } from './rows.js';
import type { MultivariateFeatureStateValue } from './types.js';
import { isVersion4 } from './uuid.js';

/** The allocations of one feature state, in the order of the rows. */
export function buildMultivariateValues(
  featureStateId: number,
  rows: MultivariateValueRow[],
): MultivariateFeatureStateValue[] {
  const values = rows.map(buildMultivariateValue);
  if (compensatedSum(values.map((value) => value.percentage_allocation)) > 100)
    throw new UnreadableDocumentError(
      'features_featurestate',
      featureStateId,
      'allocations add up to more than 100',
    );
  return values;
}

function buildMultivariateValue(row: MultivariateValueRow): MultivariateFeatureStateValue {
  const table = 'multivariate_multivariatefeaturestatevalue';
  if (!isVersion4(row.uuid)) throw new UnreadableDocumentError(table, row.id, 'uuid is not a version 4 UUID');
  // Written so that NaN, which PostgreSQL can store, is refused too.
  if (!(row.percentageAllocation >= 0 && row.percentageAllocation <= 100))
    throw new UnreadableDocumentError(table, row.id, 'percentage_allocation is not between 0 and 100');
  return {
    id: row.id,
    mv_fs_value_uuid: row.uuid,
    percentage_allocation: row.percentageAllocation,
    multivariate_feature_option: { id: row.optionId, key: row.optionKey, value: featureValue(row) },
  };
}

/**
 * The sum without the rounding errors of its steps (Neumaier's method, what `sum` of Flagsmith's Python does): added up
 * plainly, allocations that make 100 in decimals can come out above it and would be refused.
 */
function compensatedSum(terms: number[]): number {
  let sum = 0;
  let lost = 0;
  for (const term of terms) {
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

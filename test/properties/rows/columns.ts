import type { StatePlan } from '../projectPlan.js';
import type { FeatureRow, FeatureVersionRow, Tables, TypedValue } from '../tables.js';
import { TOO_LONG_TEXT } from '../values.js';

/** Where ids start: a number taken for another kind's finds nothing. */
export const FIRST = {
  organisation: 11,
  project: 101,
  environment: 1_001,
  feature: 5_001,
  option: 5_501,
  segment: 7_001,
  rule: 7_501,
  condition: 8_001,
  featureSegment: 20_001,
  state: 60_001,
  value: 70_001,
  multivariateValue: 80_001,
  identity: 90_001,
  integration: 95_001,
};
export const OTHER_PROJECT = FIRST.project + 1;
export const DELETED_AT = '2026-11-21T00:00:00+00:00';

/** The element that a small number names; undefined where there is none. */
export const pick = <T>(list: T[], number: number): T | undefined => list[number % list.length];

export const deletedAt = ({ isDeleted }: { isDeleted: boolean }) => (isDeleted ? DELETED_AT : null);

export const uuid = (kind: number, number: number, version = 4): string =>
  `00000000-${String(kind).padStart(4, '0')}-${version}000-8000-${String(number).padStart(12, '0')}`;

export const typedValue = (value: NonNullable<StatePlan['value']>, isTooLong: boolean): TypedValue => ({
  type: isTooLong ? 'unicode' : value.type,
  boolean_value: value.boolean,
  integer_value: value.integer,
  string_value: isTooLong ? TOO_LONG_TEXT : value.string,
});

export const versionOf = (
  tables: Tables,
  environmentId: number,
  feature: FeatureRow,
  number: number | null,
): FeatureVersionRow | undefined =>
  number === null
    ? undefined
    : pick(
        tables.feature_versioning_environmentfeatureversion.filter(
          (row) => row.environment_id === environmentId && row.feature_id === feature.id,
        ),
        number,
      );

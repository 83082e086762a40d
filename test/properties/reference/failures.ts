import { isBranch, type Branch, type Tree } from './tree.js';

const OPERATORS = [
  'EQUAL',
  'NOT_EQUAL',
  'GREATER_THAN',
  'LESS_THAN',
  'GREATER_THAN_INCLUSIVE',
  'LESS_THAN_INCLUSIVE',
  'CONTAINS',
  'NOT_CONTAINS',
  'REGEX',
  'PERCENTAGE_SPLIT',
  'MODULO',
  'IS_SET',
  'IS_NOT_SET',
  'IN',
];
const RULE_TYPES = ['ALL', 'ANY', 'NONE'];
const FEATURE_TYPES = ['STANDARD', 'MULTIVARIATE'];
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const LONGEST_TEXT = 20_000;

/** `table: what is wrong` for all that Flagsmith's mapping would raise on, in both forms. */
export function mappingFailures(featureStates: Branch[], segments: Branch[]): string[] {
  const failures = [];
  for (const state of everyState(featureStates, segments)) {
    if (!UUID4.test(state['featurestate_uuid'] as string)) failures.push('features_featurestate: uuid');
    const values = state['multivariate_feature_state_values'] as Branch[];
    const allocations = values.map((value) => numberOf(value['percentage_allocation']));
    if (allocations.some((allocation) => !(allocation >= 0 && allocation <= 100)))
      failures.push('multivariate_multivariatefeaturestatevalue: range');
    if (addUpToMoreThan100(allocations)) failures.push('features_featurestate: sum of allocations');
    if (values.some((value) => !UUID4.test(value['mv_fs_value_uuid'] as string)))
      failures.push('multivariate_multivariatefeaturestatevalue: uuid');
  }
  for (const segment of segments) failures.push(...ruleFailures(segment['rules'] as Branch[]));
  return failures;
}

/** Why the compressed form would raise where the plain one does not. */
export function compressionFailures(featureStates: Branch[], segments: Branch[]): string[] {
  const failures = [];
  for (const state of everyState(featureStates, segments)) {
    if (!FEATURE_TYPES.includes((state['feature'] as Branch)['type'] as string))
      failures.push('features_feature: type');
    if (isTooLong(state['feature_state_value'])) failures.push('features_featurestate: length of value');
    for (const value of state['multivariate_feature_state_values'] as Branch[]) {
      const option = value['multivariate_feature_option'] as Branch;
      if (isTooLong(option['value']))
        failures.push('multivariate_multivariatefeatureoption: length of value');
    }
  }
  return failures;
}

/** Characters are what Python counts: code points. */
const isTooLong = (value: Tree | undefined): boolean =>
  typeof value === 'string' && Array.from(value).length > LONGEST_TEXT;

const everyState = (featureStates: Branch[], segments: Branch[]): Branch[] => [
  ...featureStates,
  ...segments.flatMap((segment) => segment['feature_states'] as Branch[]),
];

/**
 * Python's sum of floats makes up for the rounding of its steps: what counts is the exact sum, rounded once. The next
 * double above 100 is 2^-46 away, and half of that is still rounded to 100.
 */
const addUpToMoreThan100 = (allocations: number[]): boolean =>
  allocations.map(exact).reduce((sum, allocation) => sum + allocation, 0n) > exact(100) + exact(2 ** -47);

/** In units of 2^-1074, of which every double is a multiple. */
function exact(double: number): bigint {
  let units = double;
  let power = 1074;
  while (!Number.isInteger(units)) {
    units *= 2;
    power--;
  }
  return BigInt(units) << BigInt(power);
}

function ruleFailures(rules: Branch[]): string[] {
  const failures = [];
  for (const rule of rules) {
    if (!RULE_TYPES.includes(rule['type'] as string)) failures.push('segments_segmentrule: type');
    for (const condition of rule['conditions'] as Branch[]) {
      if (!OPERATORS.includes(condition['operator'] as string)) failures.push('segments_condition: operator');
    }
    failures.push(...ruleFailures(rule['rules'] as Branch[]));
  }
  return failures;
}

function numberOf(tree: Tree | undefined): number {
  if (isBranch(tree) || typeof tree !== 'object' || tree === null || !('text' in tree))
    throw new Error('not a number');
  return Number(tree.text);
}

/** The document's only number that is no integer. */
const FLOAT_ATTRIBUTE = 'percentage_allocation';

/**
 * A number as Flagsmith writes it, in items and in compressed JSON alike: a float keeps its point (`30.0`) and has the
 * fewest digits that name it, with an exponent only below 0.000001 (`1E-7`).
 */
export function numberText(attribute: string, value: number): string {
  if (attribute !== FLOAT_ATTRIBUTE) return String(value);
  return Number.isInteger(value) ? `${value}.0` : String(value).toUpperCase();
}

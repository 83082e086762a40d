/** What an attribute holds: of two attributes, those are equal that DynamoDB and its readers take for equal. */
export type Tree = string | boolean | null | NumberText | Gzipped | Tree[] | { [name: string]: Tree };

/** A number as it is written: the text counts, as `30.0` and `30` are not the same to every reader. */
export class NumberText {
  constructor(readonly text: string) {}
}

/** What a compressed attribute decompresses to. */
export class Gzipped {
  constructor(readonly content: Tree) {}
}

export type Branch = Record<string, Tree>;

export const isBranch = (tree: Tree | undefined): tree is Branch =>
  typeof tree === 'object' &&
  tree !== null &&
  !Array.isArray(tree) &&
  !(tree instanceof NumberText) &&
  !(tree instanceof Gzipped);

export const wholeNumber = (value: number): NumberText => new NumberText(String(value));

/** The shortest decimal text of the double, with a point or an exponent, in the form that Python's Decimal gives it. */
export function floatNumber(value: number): NumberText {
  if (value < 0) return new NumberText(`-${floatNumber(-value).text}`);
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (value !== 0 && exponent < -6) return new NumberText(`${mantissa}E${exponent}`);

  const digits = mantissa.replace('.', '');
  if (exponent < 0) return new NumberText(`0.${'0'.repeat(-exponent - 1)}${digits}`);
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return new NumberText(`${whole}.${digits.slice(exponent + 1) || '0'}`);
}

/** Microseconds since 1970: JavaScript's own dates would round them to milliseconds. */
export function microseconds(timestamp: string): number {
  const { second, fraction } = partsOf(timestamp);
  return Date.parse(`${second}Z`) * 1000 + Number(fraction);
}

export function timestampText(timestamp: string): string {
  const { second, fraction } = partsOf(timestamp);
  return fraction === '000000' ? `${second}+00:00` : `${second}.${fraction}+00:00`;
}

function partsOf(timestamp: string): { second: string; fraction: string } {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00|)$/.exec(timestamp);
  if (!parts) throw new Error(`not a timestamp in UTC: ${timestamp}`);
  return { second: parts[1]!, fraction: (parts[2] ?? '').padEnd(6, '0') };
}

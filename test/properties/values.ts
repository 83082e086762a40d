import fc from 'fast-check';

/** The moment for which documents are made, as the product takes it: UTC, without a zone. */
export const AS_OF = '2026-11-22T12:00:00.123456';

/** On both sides of `AS_OF` by a microsecond, on it, and far away; few, so that many are equal. */
export const moments = fc.constantFrom(
  '2026-11-20T00:00:00+00:00',
  '2026-11-20T00:00:00+00:00',
  '2026-11-20T00:00:00+00:00',
  '2026-11-20T00:00:00+00:00',
  '2026-11-20T00:00:00.000001+00:00',
  '2026-11-22T12:00:00.123+00:00',
  '2026-11-22T12:00:00.123455+00:00',
  '2026-11-22T12:00:00.123456+00:00',
  '2026-11-22T12:00:00.123457+00:00',
  '2026-11-23T00:00:00+00:00',
  null,
);

export const updatedAt = fc.constantFrom(
  '2026-01-31T12:00:00+00:00',
  '2026-01-31T12:00:00.12+00:00',
  '2026-01-31T12:00:00.000001+00:00',
  '2026-01-31T12:00:00.999999+00:00',
  '2025-12-31T23:59:59.1+00:00',
);

export const texts = fc.constantFrom(
  'a',
  '',
  'naïve',
  '日本語',
  '😀',
  `it's "quoted" \\ \\u0041`,
  'line\nbreak\r\ttab\f\b',
  '\u0001\u001f\u007f\u0080\u2028',
  '[1, 2.0, {"a": null}]',
  '42',
  'null',
);

/** Below and at the limit of 20,000 characters, however many bytes and UTF-16 units they are. */
const longTexts = fc.constantFrom('x'.repeat(20_000), '😀'.repeat(10_001), '😀'.repeat(20_000));

/** The types that Flagsmith knows, none and one it does not; the columns of other types hold leftovers. */
export const typedValue = fc.record({
  type: fc.constantFrom('unicode', 'unicode', 'int', 'int', 'bool', null, 'float'),
  boolean: fc.constantFrom(null, false, true),
  integer: fc.constantFrom(42, 0, null, -7, 2_147_483_647, -2_147_483_648),
  string: fc.oneof(
    { weight: 60, arbitrary: texts },
    { weight: 10, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: longTexts },
  ),
});

/** Longer than readers of the compressed form take: by a character, and as many UTF-16 units as there must not be. */
export const TOO_LONG_TEXT = 'é'.repeat(20_001);

/** Percentages of a state's options: so many as there are options. Some come to 100 only where nothing is rounded. */
export const ALLOCATIONS = [
  [],
  [100, 0],
  [30, 12.5, 57.5],
  [33.333333333333336, 33.333333333333336, 33.333333333333336],
  [0.1, 1e-7, 0.00001],
  [0.2, 84.9, 14.9],
  [1.5e-7, 2.5e-5, 0.000001],
  [50, 50.00000000000001],
  [66.66666666666667, 33.333333333333336],
  [5e-324, 99.99999999999999],
];

/** Percentages on which the mapping fails, some of them only where there are options for all. */
export const BAD_ALLOCATIONS = [
  [100.00000000000001],
  [60, 40.1],
  [-0.1, 50],
  [100, 1e-7],
  [99.9, 0.05, 0.05000001],
  [-1e-7],
  [1000],
];

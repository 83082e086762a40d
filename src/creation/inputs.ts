import { z } from 'zod';

/** Lengths are those of Flagsmith's columns. */
const NAME_LENGTH = 2_000;
const VALUE_LENGTH = 20_000;
const KEY_LENGTH = 255;
const INT32_MIN = -2_147_483_648;
const INT32_MAX = 2_147_483_647;

const id = z
  .int('expected a whole number')
  .positive('expected a number above 0')
  .max(INT32_MAX, 'is above 32 bit');
const text = (maxLength = Infinity, expected = 'expected a text') =>
  z
    .string(expected)
    .max(maxLength, `may have at most ${maxLength} characters`)
    .refine((given) => !given.includes('\0'), 'must not hold the character NUL: PostgreSQL cannot store it');
const name = text(NAME_LENGTH).refine((given) => given.trim() !== '', 'must not be empty');
const description = text().nullish();
const uuid = z.uuid();

export const environmentInput = z.strictObject({
  projectId: id,
  name,
  description,
  useV2FeatureVersioning: z.boolean('expected true or false').optional(),
  uuid,
});
export type EnvironmentInput = z.infer<typeof environmentInput>;

export const cloneInput = z.strictObject({ sourceEnvironmentId: id, name, description, uuid });
export type CloneInput = z.infer<typeof cloneInput>;

const multivariateOption = z.strictObject({
  value: z.union(
    [
      text(VALUE_LENGTH),
      z.int().min(INT32_MIN, 'is below 32 bit').max(INT32_MAX, 'is above 32 bit'),
      z.boolean(),
    ],
    `expected a text of at most ${VALUE_LENGTH} characters without NUL, a whole number of 32 bit, or a boolean`,
  ),
  defaultPercentageAllocation: z
    .number('expected a percentage from 0 to 100')
    .min(0, 'must not be below 0')
    .max(100, 'must not be above 100'),
  key: text(KEY_LENGTH).nullish(),
});
export type MultivariateOption = z.infer<typeof multivariateOption>;

const multivariateOptions = z
  .array(multivariateOption, 'expected a list')
  .refine(
    (options) => options.reduce((sum, option) => sum + option.defaultPercentageAllocation, 0) <= 100,
    'the allocations of all options together must not be above 100',
  )
  .refine((options) => {
    const keys = options.flatMap(({ key }) => key ?? []);
    return new Set(keys).size === keys.length;
  }, 'two options have the same key');

export const featureInput = z.strictObject({
  projectId: id,
  name,
  description,
  initialValue: text(VALUE_LENGTH, 'expected a text; write 42 as "42" and true as "true"').nullish(),
  defaultEnabled: z.boolean('expected true or false').default(false),
  isServerKeyOnly: z.boolean('expected true or false').default(false),
  multivariateOptions: multivariateOptions.default([]),
  uuid,
});
export type FeatureInput = z.infer<typeof featureInput>;

export const multivariateOptionsInput = z.object({ featureId: id, options: multivariateOptions });

import { boolean, doublePrecision, integer, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { id } from './columns.js';

/** A value that a multivariate feature can take, in the column that `type` names. */
export const multivariateFeatureOptions = pgTable('multivariate_multivariatefeatureoption', {
  id: id(),
  /** int | bool, and anything else for text, as in feature state values. */
  type: varchar('type', { length: 10 }),
  booleanValue: boolean('boolean_value'),
  integerValue: integer('integer_value'),
  stringValue: varchar('string_value', { length: 20000 }),
  defaultPercentageAllocation: doublePrecision('default_percentage_allocation').notNull(),
  featureId: integer('feature_id').notNull(),
  uuid: uuid('uuid').notNull(),
  /** The name readers know the option by; most have none. */
  key: varchar('key', { length: 255 }),
});

/** How much of a feature state goes to an option. */
export const multivariateFeatureStateValues = pgTable('multivariate_multivariatefeaturestatevalue', {
  id: id(),
  /** 0 to 100. Above 100 in one feature state's sum, readers refuse the document. */
  percentageAllocation: doublePrecision('percentage_allocation').notNull(),
  featureStateId: integer('feature_state_id').notNull(),
  multivariateFeatureOptionId: integer('multivariate_feature_option_id').notNull(),
  /** Must be a version 4: readers of the document refuse any other. */
  uuid: uuid('uuid').notNull(),
});

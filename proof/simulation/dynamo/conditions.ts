import { createRequire } from 'node:module';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../../src/document/attributeValue.js';

/** The embedded server's own parser and judge of conditions. */
const require = createRequire(import.meta.url);
const { parse } = require('dynalite/db/conditionParser.js') as {
  parse: (text: string, options: { context: object }) => { expression: object };
};
const { compare, matchesExprFilter } = require('dynalite/db/index.js') as {
  compare: unknown;
  matchesExprFilter: (item: object, expression: object) => boolean;
};

export interface Conditional {
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

interface Parsed {
  expression: object;
  /** Are in the expression themselves, and filled anew each time. */
  values: Record<string, Record<string, unknown>>;
}

const parsedBefore = new Map<string, Parsed>();

/** Whether DynamoDB would write over, or delete, what is there. */
export function conditionHolds(command: Conditional, item: DynamoItem | undefined): boolean {
  if (command.ConditionExpression === undefined) return true;
  const { expression, values } = parsed(command.ConditionExpression, command);
  for (const [name, value] of Object.entries(command.ExpressionAttributeValues ?? {}))
    Object.assign(values[name] as object, value);
  return matchesExprFilter(item ?? {}, expression);
}

function parsed(text: string, command: Conditional): Parsed {
  const before = parsedBefore.get(text);
  if (before) return before;
  const given = command.ExpressionAttributeValues ?? {};
  const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { ...value }]));
  const context = {
    attrNames: command.ExpressionAttributeNames,
    attrVals: values,
    unusedAttrNames: {},
    unusedAttrVals: {},
    isReserved: () => false,
    compare,
  };
  const { expression } = parse(text, { context });
  const result = { expression, values };
  parsedBefore.set(text, result);
  return result;
}

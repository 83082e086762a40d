import type { AttributeValue } from '@aws-sdk/client-dynamodb';

const source = { S: '1' };
const order = { S: 'F' };

/** Attributes `document_sync` that say no moment, by what is wrong with them. */
export const damagedStamps: [damage: string, stamp: AttributeValue][] = [
  ['is a text', { S: 'damaged' }],
  ['is a list', { L: [source, order] }],
  ['is null', { NULL: true }],
  ['is empty', { M: {} }],
  ['lacks its source', { M: { order } }],
  ['lacks its order', { M: { source } }],
  ['has a number as its source', { M: { source: { N: '1' }, order } }],
  ['has a number as its order', { M: { source, order: { N: '1' } } }],
  ['has a map as its order', { M: { source, order: { M: { S: order } } } }],
];

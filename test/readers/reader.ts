import type { DynamoItem } from '../../src/document/attributeValue.js';
import type { Identity } from './identities.js';

/** By name of the feature, all that the reader's own flag object holds. */
export type Flags = Record<string, { enabled: boolean; value: unknown }>;

/** What an item makes of an environment and of identities in it. */
export interface Reading {
  environment: Flags;
  identities: { flags: Flags; segments: string[] }[];
}

export interface Reader<R extends Reading = Reading> {
  read(item: DynamoItem, identities: Identity[]): Promise<R>;
}

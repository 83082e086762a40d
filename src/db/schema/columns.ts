import { bigint, integer, timestamp } from 'drizzle-orm/pg-core';

/** Flagsmith's usual primary key, given by PostgreSQL unless the row brings its own. */
export const id = () => integer('id').primaryKey().generatedByDefaultAsIdentity();

/** The primary key of Flagsmith's younger tables. A number: no table comes near 2^53 rows. */
export const bigId = () => bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity();

/** A moment as PostgreSQL's own text: a `Date` would lose the microseconds, which are part of the document. */
export const timestamptz = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

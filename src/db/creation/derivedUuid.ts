import type { DatabaseSession, Fragment } from '../connect.js';

/**
 * A uuid that is the same whenever it is made from the same parts, so that a repeated insert meets its own row. Shaped
 * as version 4: Flagsmith's readers refuse feature states with any other.
 */
export const derivedUuid = (db: DatabaseSession, parts: Fragment[]): Fragment => {
  const joined = parts.reduce((text, part) => db`${text} || '/' || ${part}`);
  return db`overlay(overlay(md5(${joined}) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid`;
};

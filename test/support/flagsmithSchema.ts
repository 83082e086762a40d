import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A dump of Flagsmith's whole schema: not ours to copy into the project. */
const dump = fileURLToPath(new URL('../../../shared/flagsmith/schema.sql', import.meta.url));

/** Where the dump is, if it is at hand; else tests take the tables that `migrate --baseline` creates. */
export const flagsmithSchema: string | undefined = existsSync(dump) ? dump : undefined;

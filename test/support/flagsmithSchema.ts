import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BESIDE_THE_PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * A dump of Flagsmith's whole schema, which is not ours to copy into the project: the file that `FLAGSMITH_SCHEMA` names, or
 * `flagsmith/schema.sql` in a folder beside the project. Without it tests take the tables that `migrate --baseline` creates.
 */
export const flagsmithSchema: string | undefined = process.env['FLAGSMITH_SCHEMA'] ?? findDump();

function findDump(): string | undefined {
  return readdirSync(BESIDE_THE_PROJECT)
    .map((folder) => path.join(BESIDE_THE_PROJECT, folder, 'flagsmith', 'schema.sql'))
    .find((file) => existsSync(file));
}

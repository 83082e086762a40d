import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * `baseline`: Flagsmith's own tables, for an empty database. `sync`: what every database needs. `net`: triggers for what
 * leaves no audit row. `creation`: what only the creation workflows need.
 */
export type Folder = 'baseline' | 'sync' | 'net' | 'creation';

export interface Migration {
  /** `sync/0003_outbox.sql`: what `document_sync.migration` knows it by. */
  name: string;
  folder: Folder;
  statements: string;
}

/** The folder's migrations in their order. */
export async function readMigrations(folder: Folder): Promise<Migration[]> {
  const directory = new URL(`../../../drizzle/${folder}/`, import.meta.url);
  const files = (await namesIn(directory)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: `${folder}/${file}`,
      folder,
      statements: await readFile(new URL(file, directory), 'utf8'),
    })),
  );
}

/** A trigger that a migration makes. */
export interface MadeTrigger {
  name: string;
  /** With its schema. */
  table: string;
}

export const triggersMadeBy = (migrations: Migration[]): MadeTrigger[] =>
  migrations.flatMap(({ statements }) =>
    [...statements.matchAll(/CREATE (?:OR REPLACE )?TRIGGER (\w+)\b[^;]*?\bON (public\.\w+)/g)].map(
      ([, name = '', table = '']) => ({ name, table }),
    ),
  );

/** The functions that migrations make, with their schema and without their arguments. */
export const functionsMadeBy = (migrations: Migration[]): string[] =>
  migrations.flatMap(({ statements }) =>
    [...statements.matchAll(/CREATE (?:OR REPLACE )?FUNCTION (document_sync\.\w+)/g)].map(
      ([, name = '']) => name,
    ),
  );

/** Git keeps no empty folder: one without migrations may be missing. */
const namesIn = (directory: URL): Promise<string[]> =>
  readdir(fileURLToPath(directory)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });

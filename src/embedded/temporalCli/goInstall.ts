import path from 'node:path';
import { narrated } from '../progress.js';
import type { CliSource, Workshop } from './source.js';

const MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const BUILT_WITHIN_MS = 1_200_000;

/** Built from source, for machines with Go that reach its module proxy only. */
export const goInstall: CliSource = {
  name: 'go install',
  version: '1.5.1',
  async fetch(workshop) {
    const what = `Temporal: go install ${MODULE} (about three minutes)`;
    await narrated(workshop.progress, what, build(workshop));
    return path.join(workshop.folder, 'temporal');
  },
};

async function build({ run, folder, env }: Workshop): Promise<void> {
  const go = await run('go', ['install', MODULE], { name: 'go install', env: { ...env, GOBIN: folder } });
  await go.succeeded({ withinMs: BUILT_WITHIN_MS });
}

import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { narrated, type Progress } from '../../src/embedded/progress.js';

const DOWNLOADED_WITHIN_MS = 600_000;

/** The folder of a module's sources in Go's own cache, downloaded where they are not there yet. */
export async function goModuleFolder(module: string, progress: Progress): Promise<string> {
  const command = ['mod', 'download', '-json', module];
  // Outside of this repository's folder, as a go.mod above it would have a say.
  const answer = promisify(execFile)('go', command, { cwd: tmpdir(), timeout: DOWNLOADED_WITHIN_MS });
  const { stdout } = await narrated(progress, `go ${command.join(' ')}`, answer);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  return Dir;
}

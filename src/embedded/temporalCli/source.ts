import type { Progress } from '../progress.js';
import type { RunOptions, SupervisedProcess } from '../supervision.js';

/** What a source works with: a temporary folder, and processes in it, which end and vanish with the work. */
export interface Workshop {
  folder: string;
  run: (command: string, args: string[], options: RunOptions) => Promise<SupervisedProcess>;
  progress: Progress;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal | undefined;
}

export interface CliSource {
  name: string;
  /** Part of the cached file's name. */
  version: string;
  /** Brings the binary into the workshop's folder and returns its path; throws with the reason. */
  fetch(workshop: Workshop): Promise<string>;
}

import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** The machine that the figures are of. */
export function describeMachine(): Record<string, string | number> {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${platform()} ${release()} ${arch()}`,
    'Node.js': process.version,
  };
}

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Ended, outcomeOf } from '../cli/envsync.js';

/** A folder outside of the repository with nothing but the package in it, as it would be published, and what it depends on. */
export interface Stranger {
  /** Compiles the script as strictly as can be; what the compiler says, empty if nothing. */
  compile(name: string, script: string): string;
  /** Runs a script that was compiled. */
  run(name: string, args: string[], env: Record<string, string>): Promise<Ended>;
}

const PACKAGE = 'environment-document-sync';
// drizzle's declarations do not pass the compiler by themselves.
const STRICT = ['--skipLibCheck', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'];
const MODULES = [
  '--module',
  'nodenext',
  '--target',
  'es2022',
  '--lib',
  'es2023,esnext.disposable',
  '--types',
  'node',
];

/** For the tests of the calling `describe`; what they use is what the sources say. */
export function useStranger(): Stranger {
  let folder = '';
  before(function () {
    this.timeout(180_000);
    execFileSync(process.execPath, ['scripts/build-if-stale.mjs'], { stdio: 'inherit' });
    folder = mkdtempSync(path.join(tmpdir(), 'stranger-'));
    install(folder);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    compile(name, script) {
      writeFileSync(path.join(folder, `${name}.ts`), script);
      const tsc = path.resolve('node_modules/typescript/bin/tsc');
      return spawnSync(process.execPath, [tsc, ...STRICT, ...MODULES, `${name}.ts`], {
        cwd: folder,
      }).stdout.toString();
    },
    run(name, args, env) {
      const settings = { PATH: process.env['PATH'], ...env };
      return outcomeOf(
        spawn(process.execPath, [`${name}.js`, ...args], {
          cwd: folder,
          env: settings,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
    },
  };
}

/** Dependencies are linked to where this repository has them: only those that the package declares, and Node's types. */
function install(folder: string): void {
  const modules = path.join(folder, 'node_modules');
  const installed = path.join(modules, PACKAGE);
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed.toString()) as [{ filename: string }];
  execFileSync('tar', ['-xzf', path.join(folder, filename), '-C', installed, '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.resolve('node_modules', name), path.join(modules, name));
  }
}

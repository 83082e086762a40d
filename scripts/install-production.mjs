// Installs what runs in production into an empty folder: `node scripts/install-production.mjs <folder>`. The image is made so,
// and whatever runs workers without containers can be.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const SOURCES = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts',
  'src',
];
const RUN_TIME = ['package.json', 'node_modules', 'dist'];
/** Temporal's native part comes for all platforms. */
const NATIVE = 'node_modules/@temporalio/core-bridge/releases';

const project = fileURLToPath(new URL('..', import.meta.url));
const [given] = process.argv.slice(2);
if (given === undefined || given.startsWith('-'))
  fail(2, 'Usage: node scripts/install-production.mjs <empty folder>');
const target = path.resolve(given);
await mkdir(target, { recursive: true });
if ((await readdir(target)).length > 0) fail(1, `${target} is not empty.`);

// Beside the target: what is installed is moved there, not copied.
const building = await mkdtemp(path.join(path.dirname(target), 'install-production-'));
try {
  for (const source of SOURCES)
    await cp(path.join(project, source), path.join(building, source), { recursive: true });
  // Without scripts: `prepare` is the build that follows, and nothing else needs one.
  run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  run('npm', 'run', 'build');
  run('npm', 'prune', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund');
  await keepNative();
  for (const part of RUN_TIME) await rename(path.join(building, part), path.join(target, part));
  await cp(path.join(project, 'drizzle'), path.join(target, 'drizzle'), { recursive: true });
} finally {
  await rm(building, { recursive: true, force: true });
}

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd: building,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}`);
}

async function keepNative() {
  const platform = { linux: 'unknown-linux-gnu', darwin: 'apple-darwin', win32: 'pc-windows-msvc' }[
    process.platform
  ];
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
  const releases = path.join(building, NATIVE);
  const all = await readdir(releases);
  const kept = `${arch}-${platform}`;
  if (!all.includes(kept))
    throw new Error(`Temporal has no native part for ${kept}: there are ${all.join(', ')}.`);
  for (const other of all) if (other !== kept) await rm(path.join(releases, other), { recursive: true });
}

function fail(status, message) {
  console.error(message);
  process.exit(status);
}

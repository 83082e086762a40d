// Lets `npm run demo` and `npm test` work in a fresh clone: installs the locked dependencies where they are missing.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const installed = 'node_modules/.package-lock.json';
const isCurrent =
  existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;
if (!existsSync(installed)) console.log('Installing the dependencies, once …');
else if (!isCurrent)
  console.log('The lockfile is newer than the installed dependencies: installing them again …');

if (!isCurrent) {
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm ? [process.execPath, npm] : ['npm'];
  const { status, error } = spawnSync(command, [...args, 'ci'], { stdio: 'inherit' });
  if (status !== 0) {
    console.error(
      `npm ci failed${error ? `: ${error.message}` : ''}. Run it by hand to see why, then try again.`,
    );
    process.exit(status ?? 1);
  }
}

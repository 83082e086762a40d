// Builds `dist` where it is missing or older than a source file.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';

const built = 'dist/workflow-bundle.js';
const sources = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.startsWith('src/embedded'))
  .map((entry) => `${entry.parentPath}/${entry.name}`);
const inputs = [...sources, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

const isCurrent =
  existsSync(built) && inputs.every((file) => statSync(file).mtimeMs <= statSync(built).mtimeMs);
if (!isCurrent) {
  console.log('Building …');
  process.exit(spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' }).status ?? 1);
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { formatMessage } from 'publint/utils';
import { publint } from 'publint';
import { readFileSync } from 'node:fs';

const run = promisify(execFile);

describe('The package', () => {
  it('holds what runs, its migrations and its papers, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    const [packed] = JSON.parse(stdout) as [{ files: { path: string }[]; size: number }];
    const paths = packed.files.map(({ path }) => path);
    assert.deepEqual([...new Set(paths.map((path) => path.split('/')[0]))].sort(), [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'drizzle',
      'package.json',
    ]);
    for (const needed of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'dist/workflow-bundle.js'])
      assert.ok(paths.includes(needed), needed);
    assert.deepEqual(
      paths.filter((path) => path.startsWith('dist/embedded')),
      [],
    );
    console.log(`        ${(packed.size / 1_000_000).toFixed(1)} MB in ${paths.length} files`);
  });

  it('has nothing that publint finds', async () => {
    const { messages } = await publint({ strict: true });
    const pkg = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    );
  });
});

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGoTool, type GoTool, whyNoGo } from '../../check/goTool.js';

const ACTIONLINT: GoTool = {
  name: 'actionlint',
  module: 'github.com/rhysd/actionlint/cmd/actionlint',
  version: 'v1.7.7',
  ask: ['-version'],
  answer: /./,
};
const FOLDER = '.github/workflows';
const INSTALLED_WITHIN_MS = 300_000;

describe('The workflows of CI and release', () => {
  let actionlint: string;

  before(async function () {
    this.timeout(INSTALLED_WITHIN_MS);
    const missing = await whyNoGo();
    if (missing !== undefined) {
      console.log(`    skipped: ${missing}`);
      this.skip();
    }
    actionlint = await findGoTool(ACTIONLINT, (line) => {
      console.log(`    ${line}`);
    });
  });

  for (const file of readdirSync(FOLDER))
    it(`are as GitHub takes them: ${file}`, async () => {
      // Without the linters of shell and Python that it would call where they happen to be installed.
      await promisify(execFile)(actionlint, ['-shellcheck=', '-pyflakes=', path.join(FOLDER, file)]);
    });
});

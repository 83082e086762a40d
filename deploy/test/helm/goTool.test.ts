import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findGoTool } from '../../check/goTool.js';

const TOOL = {
  name: 'sometool',
  module: 'example.com/sometool',
  version: 'v1.2.3',
  ask: ['version'],
  answer: /^v1\./,
};

describe('A tool that is published as a Go module', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const found = () => findGoTool(TOOL, () => undefined, env);
  const write = (name: string, script: string) => {
    writeFileSync(path.join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(folder, 'bin', name), 0o755);
  };
  const goInstalls = (version: string) => {
    write('go', `echo "#!/bin/sh" > $GOBIN/sometool; echo "echo ${version}" >> $GOBIN/sometool`);
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'go-tool-'));
    mkdirSync(path.join(folder, 'bin'));
    env = { PATH: `${path.join(folder, 'bin')}:/usr/bin:/bin`, XDG_CACHE_HOME: folder };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is the one on PATH, where that will do', async () => {
    write('sometool', 'echo v1.0.0');
    assert.equal(await found(), 'sometool');
  });

  it('is installed by Go into the cache folder otherwise, once', async () => {
    write('sometool', 'echo v2.0.0');
    goInstalls('v1.2.3');
    const command = await found();
    assert.ok(
      command.startsWith(path.join(folder, 'environment-document-sync', 'sometool-v1.2.3-')),
      command,
    );
    write('go', 'exit 1');
    assert.equal(await found(), command);
  });

  it('is installed from its sources, where it is not published', async () => {
    write('go', 'printf "#!/bin/sh\\necho v1.0.0 $2 $(pwd)\\n" > $GOBIN/sometool');
    const sources = path.join(folder, 'bin');
    const command = await findGoTool({ ...TOOL, sources }, () => undefined, env);
    assert.match(
      readFileSync(command, 'utf8'),
      new RegExp(`v1\\.0\\.0 example\\.com/sometool ${sources}$`, 'm'),
    );
  });

  it('is a failure with what Go printed, where that cannot install it', async () => {
    write('go', 'echo no such module; exit 1');
    await assert.rejects(found(), /go install example\.com\/sometool@v1\.2\.3 .*\n.*no such module/);
  });
});

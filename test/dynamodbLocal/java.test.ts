import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findJava } from './java.js';

describe('findJava', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'environment-document-sync-java-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A `java` that prints this as its version; the folder of its `bin`. */
  async function javaOf(name: string, version: string): Promise<string> {
    const home = path.join(folder, name);
    await mkdir(path.join(home, 'bin'), { recursive: true });
    const script = `#!/bin/sh\necho '${version}' >&2\n`;
    await writeFile(path.join(home, 'bin', 'java'), script, { mode: 0o755 });
    return home;
  }
  const onPath = (home: string) => ({ PATH: `${path.join(home, 'bin')}:/bin` });

  it('takes that of JAVA_HOME before the one on PATH', async () => {
    const home = await javaOf('home', 'openjdk version "17.0.15" 2025-04-15');
    const other = await javaOf('other', 'openjdk version "21.0.1" 2023-10-17');
    const java = path.join(home, 'bin', 'java');
    assert.deepEqual(await findJava({ ...onPath(other), JAVA_HOME: home }), { java });
    assert.deepEqual(await findJava(onPath(other)), { java: 'java' });
  });

  it('passes over what is not there, too old or says no version, and says so', async () => {
    const old = await javaOf('old', 'java version "1.8.0_402"');
    const unclear = await javaOf('unclear', 'hello');
    const recent = await javaOf('recent', 'java version "17" 2021-09-14');
    assert.deepEqual(await findJava({ ...onPath(recent), JAVA_HOME: old }), { java: 'java' });
    assert.deepEqual(await findJava({ ...onPath(unclear), JAVA_HOME: old }), {
      missing:
        `no Java 17 or later (${path.join(old, 'bin', 'java')}: version "1.8.0_402" is too old; ` +
        'java: its version is unclear: "hello")',
    });
    assert.deepEqual(await findJava({ PATH: folder }), {
      missing: 'no Java 17 or later (java: not found)',
    });
  });
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cachedJars, type Jar, listedJars } from './jars.js';

describe('cachedJars', () => {
  const CONTENTS: Record<string, string> = { 'a/1/a-1.jar': 'the jar a', 'b/2/b-2.jar': 'the jar b' };
  const jars: Jar[] = Object.entries(CONTENTS).map(([file, content]) => ({
    sha256: createHash('sha256').update(content).digest('hex'),
    path: file,
  }));
  let served: Record<string, string>;
  let asked: string[];
  let repository: Server;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    served = { ...CONTENTS };
    asked = [];
    repository = createServer(({ url = '' }, response) => {
      const content = served[url.slice('/maven/'.length)];
      asked.push(url);
      response.writeHead(content === undefined ? 404 : 200).end(content);
    }).listen(0, '127.0.0.1');
    await once(repository, 'listening');
    env = {
      XDG_CACHE_HOME: await mkdtemp(path.join(tmpdir(), 'environment-document-sync-jars-')),
      MAVEN_REPOSITORY_URL: `http://127.0.0.1:${(repository.address() as AddressInfo).port}/maven`,
    };
  });
  afterEach(async () => {
    repository.close();
    repository.closeAllConnections();
    await rm(env['XDG_CACHE_HOME']!, { recursive: true });
  });

  const find = () => cachedJars(jars, env, () => undefined);
  const contentsOf = async (found: Awaited<ReturnType<typeof find>>) =>
    'files' in found && Promise.all(found.files.map((file) => readFile(file, 'utf8')));

  it('fetches what is not there yet, and asks nobody for what is', async () => {
    assert.deepEqual(await contentsOf(await find()), Object.values(CONTENTS));
    assert.deepEqual(asked, ['/maven/a/1/a-1.jar', '/maven/b/2/b-2.jar']);
    assert.deepEqual(await contentsOf(await find()), Object.values(CONTENTS));
    assert.equal(asked.length, 2);
  });

  it('fetches anew what is damaged', async () => {
    const found = await find();
    assert.ok('files' in found);
    await writeFile(found.files[1]!, 'half of');
    assert.deepEqual(await contentsOf(await find()), Object.values(CONTENTS));
    assert.deepEqual(asked.slice(2), ['/maven/b/2/b-2.jar']);
  });

  it('fails where a jar is not the one listed, and keeps nothing of it', async () => {
    served['b/2/b-2.jar'] = 'somebody else’s jar';
    await assert.rejects(
      find(),
      /^Error: b\/2\/b-2\.jar has the SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64}$/,
    );
    const kept = await readdir(env['XDG_CACHE_HOME']!, { recursive: true });
    assert.deepEqual(
      kept.filter((name) => /jar$|partial$/.test(name)).map((name) => path.basename(name)),
      ['a-1.jar'],
    );
  });

  it('says what kept it from having one', async () => {
    delete served['a/1/a-1.jar'];
    const { MAVEN_REPOSITORY_URL: address } = env;
    assert.deepEqual(await find(), { missing: `${address}/a/1/a-1.jar: 404` });
    repository.close();
    repository.closeAllConnections();
    const found = await find();
    assert.ok('missing' in found);
    assert.match(found.missing, /\/a\/1\/a-1\.jar: .*ECONNREFUSED/);
  });

  it('is given a list of which each jar has a name of its own, and a hash', async () => {
    const listed = await listedJars();
    assert.equal(new Set(listed.map((jar) => path.posix.basename(jar.path))).size, listed.length);
    for (const jar of listed) assert.match(`${jar.sha256} ${jar.path}`, /^[0-9a-f]{64} \S+\.jar$/);
    assert.ok(listed.some((jar) => jar.path.startsWith('com/amazonaws/DynamoDBLocal/')));
  });
});

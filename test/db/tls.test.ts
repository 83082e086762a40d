import assert from 'node:assert/strict';
import { chmod, chown, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectDatabase } from '../../src/db/connect.js';
import { unprivilegedUser } from '../../src/embedded/osUser.js';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** The server's certificate is for `localhost`, and not for the address 127.0.0.1. */
describe('TLS to PostgreSQL', () => {
  let folder: string;
  let server: EmbeddedPostgres;

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(path.join(tmpdir(), 'tls-'));
    const [certificate, key] = ['server.crt', 'server.key'].map((name) => path.join(folder, name)) as [
      string,
      string,
    ];
    for (const file of [certificate, key]) await copyFile(fixture(path.basename(file)), file);
    await chmod(key, 0o600);
    const user = await unprivilegedUser();
    if (user) for (const file of [folder, certificate, key]) await chown(file, user.uid, user.gid);
    server = await startPostgres({
      progress: () => undefined,
      settings: { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key },
    });
  });

  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function isEncrypted(query: string, host = 'localhost'): Promise<boolean> {
    const url = new URL(server.url);
    url.hostname = host;
    const db = connectDatabase(`${url.href}${query}`, { applicationName: 'tested' });
    try {
      const [row] = await db<{ ssl: boolean }[]>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
      return row!.ssl;
    } finally {
      await db.end();
    }
  }

  const ca = `&sslrootcert=${fixture('ca.crt')}`;
  const otherCa = `&sslrootcert=${fixture('other-ca.crt')}`;

  for (const { sslmode, given, host, encrypted } of [
    { sslmode: '', given: '', encrypted: false },
    { sslmode: '?sslmode=disable', given: '', encrypted: false },
    { sslmode: '?sslmode=require', given: '', encrypted: true },
    { sslmode: '?sslmode=verify-ca', given: ca, host: '127.0.0.1', encrypted: true },
    { sslmode: '?sslmode=verify-full', given: ca, encrypted: true },
  ])
    it(`is ${encrypted ? 'on' : 'off'} with "${sslmode}"${given && ' and the right CA'}`, async () => {
      assert.equal(await isEncrypted(sslmode + given, host), encrypted);
    });

  for (const { what, query, host, problem } of [
    { what: 'verify-ca with another CA', query: `?sslmode=verify-ca${otherCa}`, problem: /certificate/ },
    { what: 'verify-full with another CA', query: `?sslmode=verify-full${otherCa}`, problem: /certificate/ },
    { what: 'verify-full without a CA', query: '?sslmode=verify-full', problem: /certificate/ },
    {
      what: 'verify-full under another name',
      query: `?sslmode=verify-full${ca}`,
      host: '127.0.0.1',
      problem: /does not match certificate/,
    },
    { what: 'verify-ca without a CA', query: '?sslmode=verify-ca', problem: /requires specifying a CA/ },
  ])
    it(`refuses the server by ${what}`, async () => {
      await assert.rejects(isEncrypted(query, host), problem);
    });
});

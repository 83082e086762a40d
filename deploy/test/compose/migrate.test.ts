import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import postgres from 'postgres';
import { parse } from 'yaml';
import { type EmbeddedPostgres, startPostgres } from '../../../src/embedded/postgres.js';
import { outcomeOf, useBuiltEnvsync } from '../../../test/cli/envsync.js';
import { flagsmithSchema } from '../../../test/support/flagsmithSchema.js';

const STARTED_WITHIN_MS = 60_000;

interface ComposeFile {
  services: { migrate: { entrypoint: string[]; command: string[] } };
}

useBuiltEnvsync();

describe("What docker-compose.yml's migrate runs", function () {
  this.timeout(120_000);
  let server: EmbeddedPostgres;
  let administration: postgres.Sql;

  before(async function () {
    this.timeout(STARTED_WITHIN_MS);
    server = await startPostgres({ progress: () => undefined });
    administration = postgres(server.url);
  });
  after(async () => {
    await administration.end();
    await server.stop();
  });

  async function makeDatabase(name: string): Promise<string> {
    await administration.unsafe(`CREATE DATABASE ${name}`);
    return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  }

  it("makes Flagsmith's tables where there is no Flagsmith, and goes through a second time", async () => {
    const url = await makeDatabase('empty');
    const first = await migrate(url);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stdout, /with tables of its own, is ready/);
    const second = await migrate(url);
    assert.deepEqual([second.status, second.stderr], [0, '']);
  });

  it("takes Flagsmith's tables where Flagsmith made them, without a word of a baseline", async () => {
    const url = await makeDatabase('of_flagsmith');
    await makeFlagsmithsTables(url);
    const { status, stdout, stderr } = await migrate(url);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /recognised as Flagsmith’s, is ready/);
  });

  it('fails, and tells of what is missing, where the tables are not such as we know', async () => {
    const url = await makeDatabase('of_another_release');
    await makeFlagsmithsTables(url);
    const sql = postgres(url);
    await sql`ALTER TABLE features_feature DROP COLUMN is_server_key_only CASCADE`;
    await sql.end();
    const { status, stderr } = await migrate(url);
    assert.notEqual(status, 0);
    assert.match(stderr, /features_feature\.is_server_key_only/);
  });
});

/** In this repository's folder, which has the built command line where the image has it. */
function migrate(databaseUrl: string) {
  const file = parse(readFileSync('docker-compose.yml', 'utf8')) as ComposeFile;
  const { entrypoint, command } = file.services.migrate;
  const [program = '', ...args] = [...entrypoint, ...command];
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATABASE_URL: databaseUrl };
  return outcomeOf(spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

async function makeFlagsmithsTables(databaseUrl: string): Promise<void> {
  const scripts =
    flagsmithSchema === undefined
      ? readdirSync('drizzle/baseline').map((name) => `drizzle/baseline/${name}`)
      : [flagsmithSchema];
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  for (const script of scripts.sort()) await sql.unsafe(readFileSync(script, 'utf8'));
  await sql.end();
}

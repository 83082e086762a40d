import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError, readConfig, readTogether } from '../../src/config.js';
import { readTemporalSettings } from '../../src/config/temporal.js';

const DATABASE_URL = 'postgres://user:hunter2@db:5432/flagsmith';

describe('a secret in a file', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'secret-files-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const file = (content: string): string => {
    const name = path.join(folder, String(Math.random()));
    writeFileSync(name, content);
    return name;
  };

  it('is read, without the newline at its end', () => {
    const { databaseUrl } = readConfig({ DATABASE_URL_FILE: file(`${DATABASE_URL}\n`) });
    assert.equal(databaseUrl, DATABASE_URL);
    const { connection } = readTemporalSettings({ TEMPORAL_API_KEY_FILE: file('key') });
    assert.equal(connection.apiKey, 'key');
    assert.equal(connection.tls, true);
  });

  it('may be named where the variable itself is empty, and is not where the name is', () => {
    const { databaseUrl } = readConfig({ DATABASE_URL: '', DATABASE_URL_FILE: file(DATABASE_URL) });
    assert.equal(databaseUrl, DATABASE_URL);
    assert.equal(readConfig({ DATABASE_URL, DATABASE_URL_FILE: '' }).databaseUrl, DATABASE_URL);
  });

  for (const { what, env, problem } of [
    {
      what: 'that is not there',
      env: () => ({ DATABASE_URL_FILE: path.join(folder, 'none') }),
      problem: /^DATABASE_URL_FILE: cannot be read: ENOENT/,
    },
    {
      what: 'that is empty',
      env: () => ({ DATABASE_URL_FILE: file('\n') }),
      problem: /^DATABASE_URL_FILE: .* is empty$/,
    },
    {
      what: 'beside the variable itself',
      env: () => ({ DATABASE_URL, DATABASE_URL_FILE: file(DATABASE_URL) }),
      problem: /^DATABASE_URL_FILE: is set, and so is DATABASE_URL: set one of them$/,
    },
  ])
    it(`${what} is the one problem told`, () => {
      assert.throws(
        () => readConfig(env()),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.equal(error.problems.length, 1);
          assert.match(error.problems[0]!, problem);
          return true;
        },
      );
    });

  it('that is wrong is not repeated', () => {
    assert.throws(
      () => readConfig({ DATABASE_URL_FILE: file('mysql://user:hunter2@db') }),
      (error: Error) => error.message.includes('DATABASE_URL: ') && !error.message.includes('hunter2'),
    );
  });
});

describe('settings read together', () => {
  it('tell of the problems of all at once', () => {
    assert.throws(
      () =>
        readTogether(
          () => readConfig({ HTTP_PORT: 'x' }),
          () => readTemporalSettings({ TEMPORAL_API_KEY_FILE: '/nowhere/key' }),
          () =>
            readTemporalSettings({ TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml', TEMPORAL_PROFILE: 'eu' }),
        ),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        const named = error.problems.map((problem) => problem.split(/[:,]/)[0]);
        assert.deepEqual(named, [
          'DATABASE_URL',
          'HTTP_PORT',
          'TEMPORAL_API_KEY_FILE',
          'Temporal’s settings',
        ]);
        return true;
      },
    );
  });

  it('are what each read', () => {
    const [{ databaseUrl }, { namespace }] = readTogether(
      () => readConfig({ DATABASE_URL }),
      () => readTemporalSettings({ TEMPORAL_NAMESPACE: 'flags', TEMPORAL_ADDRESS: '' }),
    );
    assert.deepEqual([databaseUrl, namespace], [DATABASE_URL, 'flags']);
  });

  it('keep a fault that is none of the configuration', () => {
    assert.throws(
      () =>
        readTogether(() => {
          throw new TypeError('a fault');
        }),
      TypeError,
    );
  });
});

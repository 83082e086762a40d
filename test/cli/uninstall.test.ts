import assert from 'node:assert/strict';
import { useDatabase } from '../support/database.js';
import { envsync, useBuiltEnvsync } from './envsync.js';

useBuiltEnvsync();

describe('envsync uninstall', () => {
  const database = useDatabase({ template: 'migrated' });
  const run = (...args: string[]) => envsync(args, { DATABASE_URL: database.url });
  const schema = async () =>
    (await database.sql`SELECT WHERE to_regnamespace('document_sync') IS NOT NULL`).length;

  it('only says what it would remove without --yes, with status 1', async () => {
    const { status, stdout } = await run('uninstall');
    assert.equal(status, 1);
    for (const part of [
      'triggers of public.audit_auditlog',
      'column features_feature.is_creating',
      'schema document_sync',
    ])
      assert.match(stdout, new RegExp(`^would remove: ${part}`, 'm'));
    assert.equal(await schema(), 1);
  });

  it('takes only our column away as prepare-upgrade', async () => {
    const { status, stdout } = await run('prepare-upgrade');
    assert.equal(status, 0);
    assert.match(stdout, /^Removed: the column features_feature\.is_creating/);
    assert.equal(await schema(), 1);
  });

  it('removes it with --yes, and finds nothing left the second time', async () => {
    const removed = await run('uninstall', '--yes');
    assert.equal(removed.status, 0, removed.stderr);
    assert.match(removed.stderr, /TEMPORAL_ADDRESS is not set: .*temporal schedule delete --schedule-id/s);
    assert.equal(await schema(), 0);
    const again = await run('uninstall');
    assert.deepEqual([again.status, again.stdout], [0, 'There is nothing to remove.\n']);
  });
});

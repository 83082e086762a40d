import assert from 'node:assert/strict';
import { migrate, requireInstance } from '../../src/db/migrate.js';
import { useDatabase } from '../support/database.js';
import { useRoles } from '../support/roles.js';
import { catalogue } from './catalogue.js';

const OPTIONS = { instanceName: 'default', creationEnabled: true };

describe('migrate, by a role that may not', () => {
  const database = useRoles(
    ['limited'],
    () => useDatabase({ template: 'baseline' }),
    (used) => used,
  );
  const { roles } = database;

  it('names each right and the statement that grants it, changes nothing, and succeeds once they are granted', async () => {
    const before = await catalogue(database.sql);
    const refusal = await migrate(roles.limited.db, { ...OPTIONS, creationEnabled: false }).then(
      () => assert.fail('It was not refused.'),
      (error: unknown) => (error as Error).message,
    );
    assert.deepEqual(await catalogue(database.sql), before);
    assert.match(refusal, /CREATE on the database/);
    assert.match(refusal, /TRIGGER on public\.audit_auditlog: GRANT TRIGGER ON public\.audit_auditlog TO /);

    for (const [, remedy] of refusal.matchAll(/: (GRANT .*;)$/gm)) await database.sql.unsafe(remedy!);
    await migrate(roles.limited.db, { ...OPTIONS, creationEnabled: false });
    await requireInstance(roles.limited.db, 'default');
  });

  it('asks for ownership of features_feature before it would add a column', async () => {
    await assert.rejects(
      migrate(roles.limited.db, OPTIONS),
      /ownership of public\.features_feature, to add the column/,
    );
  });
});

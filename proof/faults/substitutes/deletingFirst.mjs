// In the place of the relay's transaction: changes are deleted from the outbox, and that committed, before Temporal is told.
import pg from 'pg';

const { query } = pg.Client.prototype;
pg.Client.prototype.query = async function (config, ...rest) {
  const result = await query.call(this, config, ...rest);
  if (!config?.text?.includes('FOR UPDATE OF outbox SKIP LOCKED')) return result;
  const ids = result.rows.map(({ id }) => id);
  await query.call(this, 'DELETE FROM document_sync.outbox WHERE id = ANY ($1::bigint[])', [ids]);
  await query.call(this, 'COMMIT');
  await query.call(this, 'BEGIN');
  return result;
};

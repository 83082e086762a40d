// In the place of the order: one whose epoch is always the same, whatever crashes.
import pg from 'pg';

const EPOCH = '(SELECT epoch FROM document_sync.alive) AS epoch';
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (config, ...rest) {
  if (!config?.text?.includes(EPOCH)) return query.call(this, config, ...rest);
  return query.call(this, { ...config, text: config.text.replace(EPOCH, '1 AS epoch') }, ...rest);
};

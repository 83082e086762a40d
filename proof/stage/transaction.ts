import type { TransactionSql } from 'postgres';
import { type Said, saying } from './history/commits.js';
import type { Stage } from './stage.js';

/** Runs statements in one transaction that says whose it is; `beforeCommit` holds it open. */
export async function commit(
  { sql }: Pick<Stage, 'sql'>,
  said: Said,
  statements: string[],
  beforeCommit?: (tx: TransactionSql) => Promise<void>,
): Promise<void> {
  await sql.begin(async (tx) => {
    for (const statement of [saying(said), ...statements]) await tx.unsafe(statement);
    await beforeCommit?.(tx);
  });
}

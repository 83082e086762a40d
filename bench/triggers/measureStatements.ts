import assert from 'node:assert/strict';
import { runScript } from '../frame/database.js';
import { interleave, type Measure, type Rounds, type Samples, timeOf } from '../frame/samples.js';
import type { Triggers, TriggersDatabase } from './databases.js';
import { type Statement, statements } from './statements.js';

export interface MeasuredStatement {
  statement: Statement;
  samples: Record<Triggers, Samples>;
}

/** Each statement in all databases in turn, then the next statement. */
export async function measureStatements(
  databases: TriggersDatabase[],
  roundsOf: (statement: Statement) => Rounds,
): Promise<MeasuredStatement[]> {
  const measured: MeasuredStatement[] = [];
  for (const statement of statements) {
    const subjects = databases.map((database) => [database.triggers, subject(database, statement)] as const);
    const samples = await interleave(
      Object.fromEntries(subjects) as Record<Triggers, Measure>,
      roundsOf(statement),
    );
    measured.push({ statement, samples });
  }
  return measured;
}

/** @throws unless all rows were written, and what the triggers are there for is in the outbox: doing nothing is cheap */
function subject(database: TriggersDatabase, { name, text, rows, records, clear }: Statement): Measure {
  let round = 0;
  return async () => {
    const statement = text(++round);
    let written: number | null = null;
    const ms = await timeOf(async () => {
      written = (await database.flagsmith.query(statement)).rowCount;
    });
    assert.equal(written, rows, `rows that "${name}" wrote`);
    const expected = database.triggers === 'none' ? [] : records[database.triggers];
    assert.deepEqual(
      await takeRecorded(database),
      expected,
      `outbox rows of "${name}", triggers: ${database.triggers}`,
    );
    if (clear !== undefined) await clearAway(database, clear);
    return ms;
  };
}

/** The sources of the outbox rows, which are gone then as if relayed. */
async function takeRecorded({ triggers, db }: TriggersDatabase): Promise<string[]> {
  if (triggers === 'none') return [];
  const recorded = await db<{ source: string }[]>`DELETE FROM document_sync.outbox RETURNING source`;
  return recorded.map(({ source }) => source);
}

const clearAway = ({ url }: TriggersDatabase, statement: string): Promise<void> =>
  runScript(url, `SET session_replication_role = replica; ${statement}`);

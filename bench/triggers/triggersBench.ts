import assert from 'node:assert/strict';
import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { type BenchPostgres, withPostgres } from '../frame/database.js';
import { describeRounds, type Rounds } from '../frame/samples.js';
import { FEATURES, type TriggersDatabase, withDatabases } from './databases.js';
import { type MeasuredClaims, measureClaims } from './measureClaims.js';
import { type MeasuredStatement, measureStatements } from './measureStatements.js';
import { CHANGES, underOldSnapshot } from './oldSnapshot.js';
import { claimsTable, statementsTable } from './tables.js';

const ROUNDS = { rounds: 300, warmUp: 30 };
/** Of statements of many rows. */
const FEWER_ROUNDS = { rounds: 100, warmUp: 10 };

export const triggersBench: Bench = {
  name: 'triggers',
  summary: "Flagsmith's own statements with and without our triggers, also under a long-open snapshot",
  run: (context) =>
    withPostgres(context.progress, (postgres) =>
      withDatabases(postgres, (databases) => measure(postgres, databases, context)),
    ),
};

interface RoundsUsed {
  ofOneRow: Rounds;
  ofManyRows: Rounds;
}

interface Measured {
  statements: MeasuredStatement[];
  claims: MeasuredClaims;
}

async function measure(
  postgres: BenchPostgres,
  databases: TriggersDatabase[],
  { rounds, progress }: BenchContext,
): Promise<BenchResult> {
  const used: RoundsUsed = {
    ofOneRow: { ...ROUNDS, ...(rounds && { rounds }) },
    ofManyRows: { ...FEWER_ROUNDS, ...(rounds && { rounds }) },
  };
  progress('statements');
  const usual = await measureAll(databases, used);
  progress(`${CHANGES} changes while a snapshot is open`);
  const snapshotAt = performance.now();
  const underSnapshot = await underOldSnapshot(databases, () => {
    progress('statements, while it is open still');
    return measureAll(databases, used);
  });
  const openForS = Math.round((performance.now() - snapshotAt) / 1_000);
  const [before, held] = [usual.claims.deadRows, underSnapshot.claims.deadRows];
  assert.ok(before < CHANGES && held >= CHANGES, `dead rows before the snapshot ${before}, under it ${held}`);
  return {
    settings: {
      PostgreSQL: `${postgres.version}, its commits waiting for no disk`,
      features: FEATURES,
      rounds: `${describeRounds(used.ofOneRow)}; for statements of many rows ${describeRounds(used.ofManyRows)}`,
      order: 'the databases in turn, reversed every other round',
      'snapshot open for': `${openForS} s`,
    },
    tables: [
      statementsTable("Flagsmith's statements, each a transaction of its own", usual.statements),
      statementsTable('The same while somebody holds an old snapshot open', underSnapshot.statements, [
        "It keeps the dead rows of Flagsmith's own tables too: what a statement's rounds leave there, in all three alike.",
      ]),
      claimsTable([
        ['no snapshot open', usual.claims],
        ['an old snapshot open', underSnapshot.claims],
      ]),
    ],
    limits: [],
  };
}

/** The claims in the database that has all of the product. */
async function measureAll(databases: TriggersDatabase[], rounds: RoundsUsed): Promise<Measured> {
  const whole = databases.find(({ triggers }) => triggers === 'net');
  assert.ok(whole);
  const claims = await measureClaims(whole, rounds.ofOneRow);
  const statements = await measureStatements(databases, ({ rows }) =>
    rows === 1 ? rounds.ofOneRow : rounds.ofManyRows,
  );
  return { claims, statements };
}

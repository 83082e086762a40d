import type { DatabaseSession, Fragment } from './connect.js';
import { Query, type Send } from './query.js';
import type { Statement } from './statement.js';

type Answer = Awaited<ReturnType<Send>>;

interface Asked {
  statement: Statement;
  resolve: (answer: Answer | Promise<Answer>) => void;
}

/**
 * A session for asking the same of several environments: statements that differ in one id alone, and are asked without
 * waiting for each other's answers, are sent as one, and each gets the answer that it would have had by itself. That
 * spares PostgreSQL most of the work. For statements that only read.
 */
export function mergingStatements(tx: DatabaseSession): DatabaseSession {
  const asked = new Map<string, Asked[]>();
  const sendAll = () => {
    const groups = [...asked.values()];
    asked.clear();
    for (const group of groups) sendTogether(tx, group);
  };
  const send = (statement: Statement) =>
    new Promise<Answer>((resolve) => {
      // Together with whatever else is asked in this turn of the event loop.
      if (asked.size === 0) setImmediate(sendAll);
      const alike = asked.get(statement.text) ?? [];
      asked.set(statement.text, alike);
      alike.push({ statement, resolve });
    });
  return (strings, ...values) => Query.fromTemplate(strings, values, send);
}

function sendTogether(tx: DatabaseSession, asked: Asked[]): void {
  const statements = asked.map(({ statement }) => statement);
  const difference = differenceOf(statements);
  if (!difference) {
    for (const { statement, resolve } of asked)
      resolve(toAnswer(compose(tx, statement.parts, statement.values)));
    return;
  }
  const answers = answersOf(merged(tx, statements, difference), statements.length);
  asked.forEach(({ resolve }, i) => {
    resolve(answers.then((all) => all[i] as Answer));
  });
}

interface Difference {
  /** Of the one value that is not the same in all of them; it may be in a statement more than once. */
  places: Set<number>;
  ids: number[];
}

/** Undefined where statements of one text do not differ, or not in one id alone. */
function differenceOf(statements: Statement[]): Difference | undefined {
  const [first] = statements;
  const differing = (first?.values ?? []).flatMap((value, place) =>
    statements.some(({ values }) => values[place] !== value) ? [place] : [],
  );
  const [place] = differing;
  if (place === undefined) return undefined;
  const ids = statements.map(({ values }) => values[place]);
  const isAllTheDifference = statements.every(({ values }, i) =>
    differing.every((other) => values[other] === ids[i]),
  );
  return isAllTheDifference && ids.every(isId) ? { places: new Set(differing), ids } : undefined;
}

/** Of PostgreSQL's type `integer`. */
const isId = (value: unknown): value is number => typeof value === 'number' && (value | 0) === value;

/** One statement for all of them; its rows say whose they are. */
const merged = (tx: DatabaseSession, [first]: Statement[], { places, ids }: Difference) => tx<MergedRow[]>`
  SELECT asked.statement_index::integer AS statement_index, answer.*
  FROM unnest(${ids}::integer[]) WITH ORDINALITY AS asked (id, statement_index)
  CROSS JOIN LATERAL (SELECT * FROM (${withColumn(tx, first as Statement, places)}) AS alone OFFSET 0) AS answer`;

interface MergedRow {
  /** From 1. */
  statement_index: number;
}

/** The statement with `asked.id` in the place of the values that differ. */
function withColumn(tx: DatabaseSession, { parts, values }: Statement, places: Set<number>): Fragment {
  const kept: string[] = [];
  let text = parts[0] ?? '';
  values.forEach((_, place) => {
    const next = parts[place + 1] ?? '';
    if (places.has(place)) text += `asked.id${next}`;
    else {
      kept.push(text);
      text = next;
    }
  });
  kept.push(text);
  return compose(
    tx,
    kept,
    values.filter((_, place) => !places.has(place)),
  );
}

const compose = (tx: DatabaseSession, parts: readonly string[], values: unknown[]): Query =>
  tx<object[]>(Object.assign([...parts], { raw: parts }), ...values);

const toAnswer = async (sent: Query): Promise<Answer> => {
  const rows = await sent;
  return { rows, rowCount: rows.count };
};

async function answersOf(sent: Query<MergedRow[]>, count: number): Promise<Answer[]> {
  const answers = Array.from({ length: count }, (): object[] => []);
  for (const { statement_index, ...row } of await sent) answers[statement_index - 1]?.push(row);
  return answers.map((rows) => ({ rows, rowCount: rows.length }));
}

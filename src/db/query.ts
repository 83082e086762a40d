import { Param, type SQL, sql, StringChunk } from 'drizzle-orm';
import { Statement } from './statement.js';

/** Sends one statement and gives PostgreSQL's answer. */
export type Send = (statement: Statement) => Promise<{ rows: object[]; rowCount: number | null }>;

/** The rows of an answer; `count` is how many rows the statement touched. */
export type Rows<R extends object[]> = R & { count: number };

/**
 * A statement, or a part of one: sent when it is awaited, and not at all when it is used inside another. Values become
 * parameters, always.
 */
export class Query<R extends object[] = object[]> implements Promise<Rows<R>> {
  readonly [Symbol.toStringTag] = 'Query';
  private sent: Promise<Rows<R>> | undefined;

  constructor(
    readonly sql: SQL,
    private readonly send: Send,
  ) {}

  static fromTemplate<R extends object[]>(
    strings: TemplateStringsArray,
    values: unknown[],
    send: Send,
  ): Query<R> {
    return new Query<R>(sql(strings, ...values.map(toChunk)), send);
  }

  then<A = Rows<R>, B = never>(
    fulfilled?: ((rows: Rows<R>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result().then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<Rows<R> | B> {
    return this.result().catch(rejected);
  }

  finally(settled?: (() => void) | null): Promise<Rows<R>> {
    return this.result().finally(settled);
  }

  private result(): Promise<Rows<R>> {
    this.sent ??= this.execute();
    return this.sent;
  }

  private async execute(): Promise<Rows<R>> {
    const { rows, rowCount } = await this.send(toStatement(this.sql));
    return Object.assign(rows as R, { count: rowCount ?? rows.length });
  }
}

/** Arrays stay one parameter: drizzle would make a list of parameters of them. */
const toChunk = (value: unknown): unknown => (value instanceof Query ? value.sql : sql.param(value));

/** As drizzle's dialect does, at a fraction of the price: here are texts, values and statements in statements alone. */
function toStatement(composed: SQL): Statement {
  const parts: string[] = [];
  const values: unknown[] = [];
  let text = '';
  const append = ({ queryChunks }: SQL) => {
    for (const chunk of queryChunks) {
      if (chunk instanceof StringChunk) text += chunk.value.join('');
      else if (chunk instanceof Param) {
        values.push(chunk.value);
        parts.push(text);
        text = '';
      } else append(chunk as SQL);
    }
  };
  append(composed);
  return new Statement([...parts, text], values);
}

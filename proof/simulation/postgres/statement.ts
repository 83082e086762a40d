/** A statement of the product, as its template was written: what is in it may be parts of statements. */
export class Statement {
  #sent: Promise<object[]> | undefined;

  constructor(
    readonly strings: TemplateStringsArray,
    readonly values: readonly unknown[],
    private readonly send: (statement: Statement) => Promise<object[]>,
  ) {}

  /** Sent when it is awaited, and not at all where it is a part of another one. */
  then<A, B>(
    fulfilled?: (rows: object[]) => A | PromiseLike<A>,
    rejected?: (reason: unknown) => B | PromiseLike<B>,
  ): Promise<A | B> {
    return this.#result().then(fulfilled, rejected);
  }

  catch<B>(rejected: (reason: unknown) => B | PromiseLike<B>): Promise<object[] | B> {
    return this.#result().catch(rejected);
  }

  finally(settled: () => void): Promise<object[]> {
    return this.#result().finally(settled);
  }

  #result(): Promise<object[]> {
    this.#sent ??= this.send(this);
    return this.#sent;
  }
}

/** Its words, with single spaces and `$` for each value. */
export function textOf(statement: Statement): string {
  const places = statement.values.map((value) => (value instanceof Statement ? textOf(value) : '$'));
  return statement.strings
    .map((part, i) => part + (places[i] ?? ''))
    .join('')
    .replace(/--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Its values and those of its parts, in their order. */
export function parameters({ values }: Statement, all: unknown[] = []): unknown[] {
  for (const value of values)
    if (value instanceof Statement) parameters(value, all);
    else all.push(value);
  return all;
}

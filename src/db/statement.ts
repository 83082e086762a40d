/** The text of a statement with places for values. */
export class Statement {
  /** @param parts what is around the values: one more than there are values */
  constructor(
    readonly parts: readonly string[],
    readonly values: unknown[],
  ) {}

  /** As PostgreSQL takes it: `$1` in the place of the first value. */
  get text(): string {
    return this.textWith((value) => `$${value + 1}`);
  }

  /** @param placeOf what is written in the place of a value, by its index */
  textWith(placeOf: (value: number) => string): string {
    return this.parts.reduce((text, part, i) => text + placeOf(i - 1) + part);
  }
}

/** So many say that DynamoDB or PostgreSQL is away, or allows nothing: then the sweep waits. */
const TOO_MANY = 5;

/** Tells environments that fail from servers that do. */
export class FailuresInARow {
  private count = 0;

  /**
   * @param failure of the next environment; undefined where it did not fail
   * @throws where one after the other fails: no fault of theirs. The attempt ends, and the next one goes on with the last.
   */
  note(failure: string | undefined): void {
    this.count = failure === undefined ? 0 : this.count + 1;
    if (this.count === TOO_MANY) throw new Error(failure);
  }
}

/** So many say that DynamoDB or PostgreSQL may be away, or allow nothing. */
const TOO_MANY = 5;

/** Tells environments that fail from servers that do. */
export class FailuresInARow {
  private count = 0;

  /**
   * @param failed whether each of the next environments did
   * @returns whether one failed after the other by now; the next row begins after it
   */
  areTooMany(...failed: boolean[]): boolean {
    let areTooMany = false;
    for (const hasFailed of failed) {
      this.count = hasFailed ? this.count + 1 : 0;
      if (this.count < TOO_MANY) continue;
      this.count = 0;
      areTooMany = true;
    }
    return areTooMany;
  }
}

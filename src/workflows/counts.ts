/** Adds counts to those of the same name. */
export function addCounts<Name extends string>(
  counts: Partial<Record<Name, number>>,
  more: Partial<Record<Name, number>>,
): void {
  for (const [name, count] of Object.entries(more) as [Name, number][])
    counts[name] = (counts[name] ?? 0) + count;
}

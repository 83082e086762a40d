/** The rows by a key of theirs, in the order they come in; those whose key is null are left out. */
export function groupRows<Row>(rows: Iterable<Row>, key: (row: Row) => number | null): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const rowKey = key(row);
    if (rowKey === null) continue;
    const group = groups.get(rowKey);
    if (group) group.push(row);
    else groups.set(rowKey, [row]);
  }
  return groups;
}

import type { Observation } from '../checker/observations.js';
import type { Answered } from './dynamoFaultProxy.js';
import { type Item, itemText, keyOf, orderText } from './itemText.js';

export type TableVersion = 'v1' | 'v2';

/** All that was readable in both tables, and since when: each put and each deletion that DynamoDB has carried out. */
export class Readable {
  private readonly all = new Map<string, Observation[]>();

  constructor(private readonly tables: Record<TableVersion, string>) {}

  /** Of one environment in one table, in order of appearance. The second table's items are known by the id alone. */
  of(table: TableVersion, environment: { id: number; keys: string[] }): Observation[] {
    const keys = table === 'v1' ? environment.keys : [String(environment.id)];
    return keys.flatMap((key) => this.all.get(`${table}/${key}`) ?? []);
  }

  /** Takes in what DynamoDB has carried out. */
  note({ operation, input }: Answered): void {
    if (operation === 'PutItem') this.put(input['TableName'] as string, input['Item'] as Item);
    if (operation === 'DeleteItem') this.delete(input['TableName'] as string, input['Key'] as Item);
    if (operation !== 'BatchWriteItem') return;
    const batch = input['RequestItems'] as Record<string, { DeleteRequest?: { Key: Item } }[]>;
    for (const [table, requests] of Object.entries(batch))
      for (const { DeleteRequest: request } of requests) if (request) this.delete(table, request.Key);
  }

  private put(table: string, item: Item): void {
    this.add(table, item, { key: keyOf(item), content: itemText(item), order: orderText(item) });
  }

  private delete(table: string, key: Item): void {
    this.add(table, key, { key: keyOf(key), content: null, order: null });
  }

  private add(table: string, key: Item, seen: Omit<Observation, 'atMs'>): void {
    const version = table === this.tables.v1 ? 'v1' : 'v2';
    if (version === 'v2' && key['document_key']?.S !== '_META') return;
    const readAs = version === 'v1' ? seen.key : (key['environment_id']?.S ?? '');
    const observations = this.all.get(`${version}/${readAs}`) ?? [];
    this.all.set(`${version}/${readAs}`, observations);
    observations.push({ ...seen, key: readAs, atMs: Math.round(performance.now()) });
  }
}

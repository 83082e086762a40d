import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Observation } from '../checker/observations.js';
import { type Content, contentOfItem } from './content.js';

/** A change of one item that DynamoDB accepted. */
export interface Recorded extends Observation {
  table: string;
  /** Null where the item was deleted. */
  document: Content | null;
  /** It took effect at some moment from `sentAtMs` to `atMs`: milliseconds since 1970. */
  sentAtMs: number;
}

/** A request that would change an item. */
export interface ItemWrite {
  kind: 'put' | 'delete';
  table: string;
  /** As in {@link Observation}: of the first table the API key, of the second one the environment's id. */
  key: string;
}

export interface Recorder {
  endpoint: string;
  /** What became of one key of one table, in DynamoDB's own order. */
  recordOf(table: string, key: string): readonly Recorded[];
  /** How many writes were accepted, and refused by their condition. */
  counts: { puts: number; deletes: number; refused: number };
  /** Awaited before a write is passed on: a test holds a write up by it. At most one at a time. */
  beforeWrite(hold: ((write: ItemWrite) => Promise<void> | void) | undefined): void;
  forget(table: string, key: string): void;
  close(): void;
}

export interface RecorderOptions {
  /** Of the DynamoDB-compatible server. */
  upstream: string;
  /** Passes puts on without their condition: shows what the condition is good for. */
  withoutPutCondition?: boolean;
}

/**
 * Stands before a DynamoDB-compatible server, passes on whatever is asked, and records each accepted write. Writes of one item are passed
 * on one after the other, as DynamoDB takes them, so that the record has its order.
 */
export async function recordWrites(options: RecorderOptions): Promise<Recorder> {
  const records = new Map<string, Recorded[]>();
  const turns = new Map<string, Promise<unknown>>();
  const counts = { puts: 0, deletes: 0, refused: 0 };
  const agent = new Agent({ keepAlive: true });
  let hold: ((write: ItemWrite) => Promise<void> | void) | undefined;

  const server = createServer((incoming, response) => {
    passOn(incoming, response).catch(() => response.destroy());
  });

  async function passOn(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const writes = writesIn(operation, body);
    for (const write of writes) await hold?.(write);
    const sent = () => send(options.upstream, agent, incoming, forwarded(operation, body));
    const answer = writes.length === 0 ? await sent() : await inTurn(writes, sent);
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  async function inTurn(writes: PendingWrite[], sent: () => Promise<Answer>): Promise<Answer> {
    const keys = writes.map(({ table, key }) => `${table} ${key}`);
    const before = Promise.all(keys.map(async (key) => await turns.get(key)));
    const turn = before.then(async () => {
      const sentAtMs = Date.now();
      const answer = await sent();
      if (answer.status === 200) for (const write of writes) record(write, sentAtMs);
      else if (answer.body.includes('ConditionalCheckFailed')) counts.refused++;
      return answer;
    });
    for (const key of keys)
      turns.set(
        key,
        turn.catch(() => undefined),
      );
    return await turn;
  }

  function record({ kind, table, key, item }: PendingWrite, sentAtMs: number): void {
    counts[kind === 'put' ? 'puts' : 'deletes']++;
    const document = item && contentOfItem(item);
    const written = {
      ...{ table, key, sentAtMs, atMs: Date.now() },
      ...{ document, content: document?.text ?? null, order: orderIn(item) },
    };
    const known = records.get(`${table} ${key}`);
    if (known) known.push(written);
    else records.set(`${table} ${key}`, [written]);
  }

  function forwarded(operation: string, body: Buffer): Buffer {
    if (operation !== 'PutItem' || !options.withoutPutCondition) return body;
    const { TableName, Item } = JSON.parse(body.toString()) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ TableName, Item }));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recordOf: (table, key) => records.get(`${table} ${key}`) ?? [],
    counts,
    beforeWrite: (next) => {
      hold = next;
    },
    forget: (table, key) => {
      records.delete(`${table} ${key}`);
      turns.delete(`${table} ${key}`);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

type Item = Record<string, Record<string, unknown>>;
interface PendingWrite extends ItemWrite {
  item: Item | null;
}

interface Asked {
  TableName: string;
  Item?: Item;
  Key?: Item;
  RequestItems?: Record<string, { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>;
}

/** @throws for an operation that changes items in a way that is not recorded */
function writesIn(operation: string, body: Buffer): PendingWrite[] {
  if (/^(Update|Transact|Execute|BatchExecute)/.test(operation))
    throw new Error(`${operation} is not recorded`);
  if (!['PutItem', 'DeleteItem', 'BatchWriteItem'].includes(operation)) return [];
  const { TableName, Item, Key, RequestItems = {} } = JSON.parse(body.toString()) as Asked;
  const single = [{ table: TableName, item: Item, key: Key }];
  const several = Object.entries(RequestItems).flatMap(([table, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }) => ({
      ...{ table, item: PutRequest?.Item, key: DeleteRequest?.Key },
    })),
  );
  return (operation === 'BatchWriteItem' ? several : single).flatMap(
    ({ table, item, key }): PendingWrite[] => {
      const observed = keyOf(item ?? key ?? {});
      return observed === undefined
        ? []
        : [{ kind: item ? 'put' : 'delete', table, key: observed, item: item ?? null }];
    },
  );
}

/** Undefined for what is no document: identity overrides share the second table. */
function keyOf(item: Item): string | undefined {
  const { environment_id: id, document_key: documentKey, api_key: apiKey } = item;
  if (documentKey) return documentKey['S'] === '_META' ? String(id?.['S']) : undefined;
  return apiKey && String(apiKey['S']);
}

/** Of its `document_sync`; null where there is none. */
function orderIn(item: Item | null): string | null {
  const stamp = item?.['document_sync']?.['M'] as Item | undefined;
  return (stamp?.['order']?.['S'] as string | undefined) ?? null;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const PASSED_ON = ['x-amz-target', 'content-type', 'authorization', 'x-amz-date'];

function send(upstream: string, agent: Agent, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const headers = Object.fromEntries(PASSED_ON.map((name) => [name, String(incoming.headers[name] ?? '')]));
  return new Promise((resolve, reject) => {
    const sending = request(
      upstream,
      { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        answer.toArray().then((chunks) => {
          const known = ['content-type', 'x-amz-crc32', 'x-amzn-requestid'].flatMap((name) =>
            typeof answer.headers[name] === 'string' ? [[name, answer.headers[name]] as const] : [],
          );
          resolve({
            status: answer.statusCode ?? 502,
            headers: Object.fromEntries(known),
            body: Buffer.concat(chunks as Buffer[]),
          });
        }, reject);
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}

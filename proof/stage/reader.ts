import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { contentOfItem } from './content.js';
import type { Recorded, Recorder } from './recorder.js';

/** A key of one of the two tables. */
export interface ItemPlace {
  table: string;
  /** As in `Observation`. */
  key: string;
  /** As DynamoDB is asked for it. */
  itemKey: DynamoItem;
}

export interface Reader {
  /** Reads these too from now on. */
  watch(places: ItemPlace[]): void;
  unwatch(places: ItemPlace[]): void;
  /** How many items were read so far, absent ones included. */
  readings: number;
  /** What was read though the record does not have it: a record with a gap proves nothing. */
  contradictions: string[];
  stop(): Promise<void>;
}

const AT_A_TIME = 100;

/** What is readable under each key right now, by consistent reads. */
export async function readPlaces(
  dynamo: DynamoDBClient,
  places: ItemPlace[],
): Promise<Map<ItemPlace, string | null>> {
  const readings = new Map<ItemPlace, string | null>();
  for (let from = 0; from < places.length; from += AT_A_TIME)
    for (const [place, content] of await readTogether(dynamo, places.slice(from, from + AT_A_TIME)))
      readings.set(place, content);
  return readings;
}

/**
 * Reads again and again what edge servers would get, past the recorder, and holds it against the record: each reading is what had
 * been written last, or was just being written.
 */
export function startReader(dynamo: DynamoDBClient, recorder: Recorder, intervalMs: number): Reader {
  const watched = new Set<ItemPlace>();
  const stopping = new AbortController();
  const reader: Reader = {
    watch: (places) => {
      for (const place of places) watched.add(place);
    },
    unwatch: (places) => {
      for (const place of places) watched.delete(place);
    },
    readings: 0,
    contradictions: [],
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const fromMs = Date.now();
      const readings = await readPlaces(dynamo, [...watched]);
      const toMs = Date.now();
      // What was answered to the recorder a moment ago may not have reached it yet.
      await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      for (const [place, content] of readings) {
        reader.readings++;
        const record = recorder.recordOf(place.table, place.key);
        if (watched.has(place) && !couldBeRead(record, content, { fromMs, toMs }))
          reader.contradictions.push(`${place.table} ${place.key}: read ${content}, which was not written`);
      }
    }
  })();
  return reader;
}

/** Of some write that had been sent, and not yet been replaced for sure. */
function couldBeRead(
  record: readonly Recorded[],
  content: string | null,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): boolean {
  const nothingYet = { content: null, sentAtMs: -Infinity };
  return [nothingYet, ...record].some((written, i) => {
    const next = record[i];
    return written.content === content && written.sentAtMs <= toMs && (!next || next.atMs >= fromMs);
  });
}

async function readTogether(
  dynamo: DynamoDBClient,
  places: ItemPlace[],
): Promise<[ItemPlace, string | null][]> {
  const tables = [...new Set(places.map(({ table }) => table))];
  const { Responses = {}, UnprocessedKeys = {} } = await dynamo.send(
    new BatchGetItemCommand({
      RequestItems: Object.fromEntries(
        tables.map((table) => {
          const keys = places.filter((place) => place.table === table).map(({ itemKey }) => itemKey);
          return [table, { Keys: keys, ConsistentRead: true }];
        }),
      ),
    }),
  );
  if (Object.keys(UnprocessedKeys).length > 0) throw new Error('DynamoDB left keys unread.');
  return places.map((place) => {
    const item = Responses[place.table]?.find((found) => isAt(place, found));
    return [place, item ? contentText(place, item) : null];
  });
}

/** Most readings are of what was read before: unpacking it again would cost more than all else. */
const known = new WeakMap<ItemPlace, { bytes: string; text: string }>();

function contentText(place: ItemPlace, item: DynamoItem): string {
  const bytes = createHash('sha1');
  for (const [name, value] of Object.entries(item))
    bytes.update(name).update(value.B ?? JSON.stringify(value));
  const read = bytes.digest('hex');
  const before = known.get(place);
  if (before?.bytes === read) return before.text;
  const { text } = contentOfItem(item);
  known.set(place, { bytes: read, text });
  return text;
}

const isAt = ({ itemKey }: ItemPlace, item: DynamoItem): boolean =>
  Object.entries(itemKey).every(([name, value]) => item[name]?.S === value.S);

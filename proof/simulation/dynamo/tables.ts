import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../../src/document/attributeValue.js';
import { META_KEY } from '../../../src/dynamo/identityOverrides.js';
import type { Owner, Scheduler } from '../scheduler.js';
import type { VirtualSignal } from '../virtualTime.js';
import { conditionHolds } from './conditions.js';

export const TABLES = { v1: 'v1', v2: 'v2' } as const;

/** Something came to be readable, or ceased to be. */
export interface Change {
  table: string;
  key: string;
  item: DynamoItem | undefined;
  before: DynamoItem | undefined;
}

/** What becomes of a request on its way. */
export interface DynamoTimes {
  requestMs(): number;
  answerMs(): number;
  /** It is refused before anything is done. */
  throttles(): boolean;
  /** The client's library sends it again, as it got no answer, so many milliseconds later; undefined: it does not. */
  repeatsAfterMs(): number | undefined;
}

/** Both tables of documents, and who is told of each change. */
export class DynamoTables {
  readonly #items = new Map<string, DynamoItem>();
  readonly #network: Owner;
  #arrivesFrom: Owner | undefined;

  constructor(
    private readonly scheduler: Scheduler,
    network: Owner,
    private readonly onChange: (change: Change) => void,
    /** Told of each put that arrives, and of who sent it. */
    private readonly onPut: (sender: Owner | undefined, isAccepted: boolean) => void,
  ) {
    this.#network = network;
  }

  reading(table: string, key: string): DynamoItem | undefined {
    return this.#items.get(`${table}/${key}`);
  }

  /** A client of the process that is at work when it is used. */
  client(times: DynamoTimes, { hasPutCondition }: { hasPutCondition: boolean }): DynamoDBClient {
    const send = (command: object, options?: { abortSignal?: VirtualSignal }) => {
      if (command instanceof PutItemCommand && !hasPutCondition)
        command.input.ConditionExpression = undefined;
      return this.#send(command, options?.abortSignal, times);
    };
    return { send } as unknown as DynamoDBClient;
  }

  /**
   * A request that has left its process arrives, whatever becomes of the process, also after it was given up: `abort`
   * only ends the wait for its answer.
   */
  #send(command: object, signal: VirtualSignal | undefined, times: DynamoTimes): Promise<object> {
    const { scheduler } = this;
    const caller = scheduler.current;
    const label = command.constructor.name;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const answered = (settle: () => void, delayMs: number) =>
        scheduler.after(delayMs, caller, `${label} answered`, () => {
          if (signal?.aborted) reject(signal.reason);
          else settle();
          if (givenUp) givenUp.isCancelled = true;
        });
      const abortsInMs = (signal?.abortsAtMs ?? Infinity) - scheduler.nowMs;
      const givenUp = Number.isFinite(abortsInMs)
        ? scheduler.after(abortsInMs, caller, `${label} given up`, () => {
            reject(signal?.reason ?? new Error('aborted'));
          })
        : undefined;
      scheduler.after(times.requestMs(), this.#network, `${label} arrives`, () => {
        this.#arrivesFrom = caller;
        if (times.throttles()) {
          answered(() => {
            reject(throttled());
          }, times.answerMs());
          return;
        }
        try {
          const answer = this.#apply(command);
          answered(() => {
            resolve(answer);
          }, times.answerMs());
        } catch (error) {
          const failure = error as Error;
          answered(() => {
            reject(failure);
          }, times.answerMs());
        }
      });
      const againAfterMs = command instanceof PutItemCommand ? times.repeatsAfterMs() : undefined;
      if (againAfterMs !== undefined)
        scheduler.after(againAfterMs, this.#network, `${label} arrives again`, () => {
          try {
            this.#arrivesFrom = caller;
            this.#apply(command);
          } catch {
            // Refused: nobody waits for the answer.
          }
        });
    });
  }

  /** @throws {ConditionalCheckFailedException} */
  #apply(command: object): object {
    if (command instanceof PutItemCommand) {
      const { TableName: table = '', Item: item = {} } = command.input;
      const key = keyOf(table, item);
      const before = this.reading(table, key);
      const isAccepted = conditionHolds(command.input, before);
      this.onPut(this.#arrivesFrom, isAccepted);
      if (!isAccepted) throw refused();
      this.#set(table, key, item, before);
      return { Attributes: before };
    }
    if (command instanceof DeleteItemCommand) {
      const { TableName: table = '', Key: where = {} } = command.input;
      const key = keyOf(table, where);
      const before = this.reading(table, key);
      if (!conditionHolds(command.input, before)) throw refused();
      this.#set(table, key, undefined, before);
      return {};
    }
    if (command instanceof GetItemCommand) {
      const { TableName: table = '', Key: where = {} } = command.input;
      return { Item: this.reading(table, keyOf(table, where)) };
    }
    // Identity overrides, of which there are none here.
    if (command instanceof QueryCommand) return { Items: [] };
    throw new Error(`No such request is known here: ${command.constructor.name}`);
  }

  #set(table: string, key: string, item: DynamoItem | undefined, before: DynamoItem | undefined): void {
    if (item) this.#items.set(`${table}/${key}`, item);
    else this.#items.delete(`${table}/${key}`);
    this.onChange({ table, key, item, before });
  }
}

/** The API key in the first table, the environment's id in the second: of its partition there is one item here. */
function keyOf(table: string, item: DynamoItem): string {
  if (table === TABLES.v1) return item['api_key']?.S ?? '';
  if (item['document_key']?.S !== META_KEY) throw new Error('Only documents are kept here.');
  return item['environment_id']?.S ?? '';
}

const refused = () =>
  new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
const throttled = () => new ProvisionedThroughputExceededException({ message: 'Slow down', $metadata: {} });

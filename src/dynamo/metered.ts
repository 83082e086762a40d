import {
  BatchGetItemCommand,
  type ConsumedCapacity,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';

/** What DynamoDB charged, in its units: 4 KB of an item read, 1 KB of one written. */
export interface Charge {
  readUnits: number;
  writeUnits: number;
}

const READS = [BatchGetItemCommand, GetItemCommand, QueryCommand, ScanCommand];

/** The client, adding up what its requests are charged; what is refused or fails is not told of, and not counted. */
export function metered(client: DynamoDBClient, charge: Charge): DynamoDBClient {
  const send = async (command: Command, ...rest: unknown[]): Promise<Output> => {
    command.input.ReturnConsumedCapacity = 'TOTAL';
    const output = await (client.send as Send).call(client, command, ...rest);
    const units = READS.some((read) => command instanceof read) ? 'readUnits' : 'writeUnits';
    for (const { CapacityUnits = 0 } of [output.ConsumedCapacity ?? []].flat())
      charge[units] += CapacityUnits;
    return output;
  };
  return new Proxy(client, {
    get: (target, property) => (property === 'send' ? send : (Reflect.get(target, property) as unknown)),
  });
}

/** What all commands on items have in common. */
interface Command {
  input: { ReturnConsumedCapacity?: 'TOTAL' };
}
interface Output {
  ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
}
type Send = (command: Command, ...rest: unknown[]) => Promise<Output>;

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** What becomes of requests until the proxy heals. */
export type DynamoFault =
  /** Refused, as beyond what the table, or the account, is granted. */
  | { kind: 'throttle'; by: 'ProvisionedThroughputExceededException' | 'ThrottlingException' }
  /** Answered with status 500, and nothing done. */
  | { kind: 'fail' }
  /** Done, and answered with status 500. */
  | { kind: 'failAfterwards' }
  /** Puts are refused for what is in the item; all else works. */
  | { kind: 'refuseItem' }
  /** Neither done nor answered. */
  | { kind: 'hang' }
  /** Done so many milliseconds later. */
  | { kind: 'slow'; latencyMs: number };

/** A request that DynamoDB has carried out, whether or not its sender heard of it. */
export interface Answered {
  /** `PutItem`, `GetItem` … */
  operation: string;
  input: Record<string, unknown>;
}

const WRITES = new Set(['PutItem', 'DeleteItem', 'UpdateItem', 'BatchWriteItem', 'TransactWriteItems']);

/** A port in front of a DynamoDB-compatible server that passes on all requests, or what a fault leaves of them. */
export class DynamoFaultProxy {
  private fault: DynamoFault | undefined;
  private faultedCount = 0;
  private lastWrite: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly server: Server,
    private readonly behind: URL,
    private readonly onAnswered: (answered: Answered) => void,
  ) {
    server.on('request', (incoming, answer) => {
      this.handle(incoming, answer).catch(() => answer.destroy());
    });
  }

  /** @param onAnswered is told of what was carried out before its sender is */
  static async open(
    behind: string,
    onAnswered: (answered: Answered) => void = () => undefined,
  ): Promise<DynamoFaultProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DynamoFaultProxy(server, new URL(behind), onAnswered);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many requests a fault has hit. */
  get faulted(): number {
    return this.faultedCount;
  }

  breakWith(fault: DynamoFault): void {
    this.fault = fault;
  }

  /** Later requests are carried out; those that hang are never answered. */
  heal(): void {
    this.fault = undefined;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const { fault } = this;
    const hits = fault !== undefined && (fault.kind !== 'refuseItem' || operation === 'PutItem');
    if (hits) this.faultedCount++;
    if (!hits || fault.kind === 'slow' || fault.kind === 'failAfterwards') {
      if (hits && fault.kind === 'slow') await delay(fault.latencyMs);
      const { status, headers, body: said } = await this.carryOut(operation, incoming, body);
      if (hits && fault.kind === 'failAfterwards') refuse(answer, 500, 'InternalServerError');
      else answer.writeHead(status, headers).end(said);
      return;
    }
    switch (fault.kind) {
      case 'throttle':
        refuse(answer, 400, fault.by);
        return;
      case 'fail':
        refuse(answer, 500, 'InternalServerError');
        return;
      case 'refuseItem':
        refuse(answer, 400, 'ValidationException');
        return;
      case 'hang':
        return;
    }
  }

  /** Writes go one after the other, so that they are told of in the order in which they were carried out. */
  private async carryOut(operation: string, incoming: IncomingMessage, body: Buffer): Promise<PassedOn> {
    const passOn = async () => {
      const passedOn = await this.passOn(incoming, body);
      if (passedOn.status === 200)
        this.onAnswered({ operation, input: JSON.parse(body.toString()) as Record<string, unknown> });
      return passedOn;
    };
    if (!WRITES.has(operation)) return await passOn();
    const written = this.lastWrite.then(passOn);
    this.lastWrite = written.catch(() => undefined);
    return await written;
  }

  private async passOn(incoming: IncomingMessage, body: Buffer): Promise<PassedOn> {
    const { hostname, port } = this.behind;
    const onward = request({
      ...{ hostname, port, method: incoming.method, path: incoming.url },
      headers: { ...incoming.headers, host: this.behind.host },
    }).end(body);
    const [response] = (await once(onward, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 500, headers: response.headers, body: await buffer(response) };
  }
}

interface PassedOn {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** As DynamoDB words it. */
function refuse(answer: ServerResponse, status: number, type: string): void {
  answer
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: `A fault: ${type}` }));
}

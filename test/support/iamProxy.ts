import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Access, type IamPolicy, isAllowed, textOf } from './iamPolicy.js';

interface Input {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
}

/** Belongs to the answer's form, not to what it says. */
const OF_TRANSPORT = ['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding'];

/**
 * A port in front of a DynamoDB-compatible server that refuses what a policy does not allow, as AWS does: no server that
 * runs on one's own machine looks at policies.
 */
export class IamProxy {
  /** What was asked for and allowed, as `textOf` has it. */
  readonly used = new Set<string>();
  /** What was asked for and refused, in order. */
  readonly refused: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly behind: string,
    private readonly account: string,
    public policy: IamPolicy,
  ) {
    server.on('request', (incoming, answer) => {
      this.handle(incoming, answer).catch(() => answer.destroy());
    });
  }

  /** @param account that the tables are taken to belong to */
  static async open(behind: string, account: string, policy: IamPolicy): Promise<IamProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new IamProxy(server, behind, account, policy);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const accesses = accessesOf(incoming, JSON.parse(body.toString()) as Input, this.account);
    const denied = accesses.find((access) => !isAllowed(this.policy, access));
    if (denied) {
      this.refused.push(textOf(denied));
      deny(answer, denied, this.account);
      return;
    }
    for (const access of accesses) this.used.add(textOf(access));
    const said = await fetch(new URL(incoming.url ?? '/', this.behind), {
      method: 'POST',
      headers: headersOf(Object.entries(incoming.headers)),
      body: new Uint8Array(body),
    });
    answer.writeHead(said.status, headersOf([...said.headers])).end(Buffer.from(await said.arrayBuffer()));
  }
}

/** What IAM asks about: of an index the index alone, of several tables each. */
function accessesOf({ headers }: IncomingMessage, input: Input, account: string): Access[] {
  const action = `dynamodb:${String(headers['x-amz-target']).split('.').at(-1)}`;
  const [, region] = /Credential=[^/]+\/\d+\/([^/]+)\/dynamodb\//.exec(headers.authorization ?? '') ?? [];
  const { TableName: table, IndexName: index, RequestItems: items = {} } = input;
  const tables = table === undefined ? Object.keys(items) : [table];
  if (tables.length === 0) throw new Error(`${action} names no table.`);
  const suffix = index === undefined ? '' : `/index/${index}`;
  return tables.map((name) => ({
    action,
    resource: `arn:aws:dynamodb:${region}:${account}:table/${name}${suffix}`,
  }));
}

/** As AWS words it. */
function deny(answer: ServerResponse, { action, resource }: Access, account: string): void {
  answer.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(
    JSON.stringify({
      __type: 'com.amazon.coral.service#AccessDeniedException',
      Message:
        `User: arn:aws:iam::${account}:user/worker is not authorized to perform: ${action} on resource: ${resource} ` +
        `because no identity-based policy allows the ${action} action`,
    }),
  );
}

const headersOf = (headers: Iterable<[string, string | string[] | undefined]>): Record<string, string> =>
  Object.fromEntries(
    [...headers]
      .filter(([name]) => name !== 'host' && !OF_TRANSPORT.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedPut {
  /** When it was asked for. */
  at: Date;
  table: string;
  item: Record<string, Record<string, unknown>>;
}

export interface PutRecorder {
  endpoint: string;
  /** Every put that DynamoDB accepted, in order: a table shows only what nothing has replaced yet. */
  puts: RecordedPut[];
  close: () => void;
}

/** Stands before a DynamoDB-compatible server and passes everything on as it is. */
export async function recordPuts(upstream: string): Promise<PutRecorder> {
  const puts: RecordedPut[] = [];
  const server = createServer((request, response) => {
    passOn(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = new Date();
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const target = String(request.headers['x-amz-target']);
    const answer = await fetch(upstream, {
      method: 'POST',
      headers: {
        'x-amz-target': target,
        'content-type': String(request.headers['content-type']),
        ...signed(request),
      },
      body,
    });
    if (target.endsWith('.PutItem') && answer.ok) {
      const put = JSON.parse(body.toString()) as { TableName: string; Item: RecordedPut['item'] };
      puts.push({ at, table: put.TableName, item: put.Item });
    }
    const checksum = answer.headers.get('x-amz-crc32');
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      ...(checksum !== null && { 'x-amz-crc32': checksum }),
    });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    puts,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const signed = ({ headers }: IncomingMessage): Record<string, string> => ({
  authorization: headers.authorization ?? '',
  'x-amz-date': String(headers['x-amz-date']),
});

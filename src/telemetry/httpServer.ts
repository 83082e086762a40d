import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the worker answers over HTTP. */
export interface HttpAnswers {
  /** All metrics in Prometheus's text form. */
  metrics: () => Promise<string>;
  /** Rejects when this process can do no more work: it should be restarted. */
  healthy: () => Promise<void> | void;
  /** Rejects while this process cannot sync: its database, DynamoDB or Temporal is out of reach. */
  ready: () => Promise<void>;
}

export interface HttpServer {
  port: number;
  close(): Promise<void>;
}

/** Serves `/metrics`, `/healthz` and `/readyz` on one port; 0 takes a free one. */
export async function startHttpServer(
  { host, port }: { host: string; port: number },
  answers: HttpAnswers,
): Promise<HttpServer> {
  const routes: Record<string, () => Promise<string>> = {
    '/metrics': answers.metrics,
    '/healthz': () => ok(answers.healthy),
    '/readyz': () => ok(answers.ready),
  };
  const server = createServer((request, response) => {
    const answer = routes[new URL(request.url ?? '/', 'http://worker').pathname];
    if (!answer) {
      response.writeHead(404).end(`Not found. Try ${Object.keys(routes).join(', ')}\n`);
      return;
    }
    answer().then(
      (text) =>
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      (error: unknown) =>
        response.writeHead(503).end(`${error instanceof Error ? error.message : String(error)}\n`),
    );
  });
  await listen(server, host, port);
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

async function ok(check: () => Promise<void> | void): Promise<string> {
  await check();
  return 'ok\n';
}

const listen = (server: Server, host: string, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });

const closeServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });

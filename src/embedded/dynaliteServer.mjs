// A DynamoDB-compatible server in a process of its own: large documents are parsed and stored without holding up
// the event loop of the worker that writes them. It ends when the channel to whoever started it closes.

import dynalite from 'dynalite';

const [path] = process.argv.slice(2);

process.on('disconnect', () => process.exit());
if (!process.connected) process.exit(); // it was gone before anybody listened
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined);

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(path && { path }) });
// Longer than the AWS SDK keeps an idle connection: otherwise a request may meet a connection that is just closing.
server.keepAliveTimeout = 120_000;
server.once('error', (error) => tell({ reason: error.message }));
server.listen(0, '127.0.0.1', () => tell({ port: server.address().port }));

function tell(message) {
  // The channel may close at any moment; `disconnect` is then the news, not the error of this send.
  if (process.connected) process.send(message, () => undefined);
}

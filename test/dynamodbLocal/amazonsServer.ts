import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { dynamoServer } from '../support/servers.js';

// Run by `npm run test:dynamodb-local` alone.
describe('the server of these tests', () => {
  it('is DynamoDB Local', async () => {
    const { headers } = await fetch((await dynamoServer()).endpoint);
    assert.match(headers.get('server') ?? '', /^Jetty/);
  });

  it('listens on 127.0.0.1 alone', async () => {
    const { hostname, port } = new URL((await dynamoServer()).endpoint);
    assert.equal(hostname, '127.0.0.1');
    // Another address of the loopback interface: whoever listens on every interface answers there, too.
    const socket = connect({ host: '127.0.0.2', port: Number(port), timeout: 2_000 });
    const refused = [once(socket, 'error'), once(socket, 'timeout')];
    const answered = once(socket, 'connect').then(() => 'connected');
    assert.notEqual(await Promise.race([answered, ...refused]), 'connected');
    socket.destroy();
  });
});

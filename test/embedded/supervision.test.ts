import assert from 'node:assert/strict';
import { onFreePorts } from '../../src/embedded/freePorts.js';
import { Supervision } from '../../src/embedded/supervision.js';

/** As a Go program ends that finds no port for itself: the reason, and more lines of stacks than an error shows. */
const PANICKING = `
  console.error('panic: failed assigning ephemeral port: bind: somebody was there first\\n');
  console.error('goroutine 1 [running]:');
  for (let line = 0; line < 100; line++) console.error('main.main()');
  process.exit(2);`;

describe('a process that ends before it is ready', () => {
  it('is told of with its reason, not with its stacks', async () => {
    const supervision = await Supervision.open({ name: 'panicking' });
    try {
      const server = await supervision.run(process.execPath, ['-e', PANICKING], { name: 'a server' });
      await assert.rejects(
        server.ready(() => Promise.resolve(false), { withinMs: 50_000 }),
        /^Error: a server ended with exit code 2\n {4}panic: failed assigning ephemeral port: bind: somebody was there first$/,
      );
    } finally {
      await supervision.end();
    }
  });

  it('is started again on other ports where one of them was taken in between, and only then', async () => {
    const tries: number[][] = [];
    const start = async (...ports: number[]) => {
      tries.push(ports);
      const reason = tries.length === 1 ? 'panic: failed assigning ephemeral port' : 'out of memory';
      return await Promise.reject(new Error(reason));
    };
    await assert.rejects(onFreePorts(2, start), /out of memory/);
    assert.equal(tries.length, 2);
    assert.notDeepEqual(tries[0], tries[1]);
  });
});

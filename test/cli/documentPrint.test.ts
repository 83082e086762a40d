import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { print } from '../../src/cli/document/print.js';
import { showCount } from '../../src/cli/document/showCount.js';

describe('print', () => {
  it('asks for the next text only once the last was taken', async () => {
    let made = 0;
    let taken = 0;
    const ahead: number[] = [];
    function* texts() {
      for (; made < 5; made++) {
        ahead.push(made - taken);
        yield 'x'.repeat(100_000);
      }
    }
    const slow = new Writable({
      write: (_chunk, _encoding, done) => {
        setTimeout(() => {
          taken++;
          done();
        }, 5);
      },
    });
    await print(texts(), slow);
    assert.deepEqual([taken, ahead], [5, [0, 0, 0, 0, 0]]);
  });

  it('ends without an error, and lets its source end, where the reader has gone', async () => {
    let isEnded = false;
    function* endless() {
      try {
        for (;;) yield 'line\n';
      } finally {
        isEnded = true;
      }
    }
    await print(endless(), failingWith('EPIPE'));
    assert.ok(isEnded);
  });

  it('fails where writing fails for any other reason', async () => {
    await assert.rejects(print(['line\n'], failingWith('ENOSPC')), { code: 'ENOSPC' });
  });
});

describe('showCount', () => {
  it('passes everything on, shows how much it was, and clears what it showed', async () => {
    const shown: string[] = [];
    const passed: number[] = [];
    const terminal = { write: (text: string) => shown.push(text) };
    for await (const one of showCount(source(), terminal, 0)) passed.push(one);
    assert.deepEqual(passed, [7, 8]);
    assert.deepEqual(shown, ['\r\u001b[K1 environments', '\r\u001b[K2 environments', '\r\u001b[K']);
  });

  it('shows nothing more often than it should', async () => {
    const shown: string[] = [];
    const passed: number[] = [];
    const terminal = { write: (text: string) => shown.push(text) };
    for await (const one of showCount(source(), terminal, 60_000)) passed.push(one);
    assert.deepEqual([passed, shown], [[7, 8], ['\r\u001b[K']]);
  });

  async function* source() {
    yield await Promise.resolve(7);
    yield await Promise.resolve(8);
  }
});

const failingWith = (code: string): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done(Object.assign(new Error(code), { code }));
    },
  });

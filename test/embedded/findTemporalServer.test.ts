import assert from 'node:assert/strict';
import { findTemporalServer, type CliWay } from '../../src/embedded/findTemporalServer.js';

const silent = () => undefined;

describe('findTemporalServer', () => {
  it('takes the server that TEMPORAL_ADDRESS names, and looks no further', async () => {
    const found = await findTemporalServer(
      silent,
      { TEMPORAL_ADDRESS: 'temporal:7233' },
      { ways: [forbidden] },
    );
    assert.ok('address' in found);
    assert.equal(found.address, 'temporal:7233');
  });

  it('takes the first way that works, says why the ones before did not, and tries none after it', async () => {
    const progress: string[] = [];
    const ways = [failing('PATH', 'not found'), failing('cache', 'empty'), working('download'), forbidden];
    const found = await findTemporalServer((line) => progress.push(line), {}, { ways });
    assert.ok('command' in found);
    assert.equal(found.command, '/download/temporal');
    assert.match(
      found.source,
      /^download: version 1, .*\(TEMPORAL_ADDRESS: not set; PATH: not found; cache: empty\)$/,
    );
    assert.deepEqual(progress, ['Temporal: PATH: not found', 'Temporal: cache: empty']);
  });

  it('lists every way with its reason, and the remedy, when none works', async () => {
    const ways = [failing('PATH', 'not found'), failing('download', 'refused')];
    await assert.rejects(findTemporalServer(silent, {}, { ways }), ({ message }: Error) => {
      assert.match(
        message,
        /- TEMPORAL_ADDRESS: not set\n- PATH: not found\n- download: refused\nRemedy: install/,
      );
      return true;
    });
  });

  it('tries no further way once it is given up', async () => {
    const given = new AbortController();
    const giveUp: CliWay = {
      name: 'slow',
      find: () => {
        given.abort(new Error('given up'));
        return Promise.reject(new Error('cut off'));
      },
    };
    const finding = findTemporalServer(silent, {}, { ways: [giveUp, forbidden], signal: given.signal });
    await assert.rejects(finding, /given up/);
  });
});

const forbidden: CliWay = {
  name: 'forbidden',
  find: () => assert.fail('this way must not be tried'),
};

function failing(name: string, reason: string): CliWay {
  return { name, find: () => Promise.reject(new Error(reason)) };
}

function working(name: string): CliWay {
  return { name, find: () => Promise.resolve({ command: `/${name}/temporal`, version: 'version 1' }) };
}

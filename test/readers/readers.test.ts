import assert from 'node:assert/strict';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { loadScenario } from '../support/database.js';
import { useSystem } from '../support/system.js';
import { editItem } from './editItem.js';
import { identitiesFor } from './identities.js';
import { nodeSdk } from './nodeSdk.js';
import { type PythonReader, startPythonSdk } from './pythonSdk.js';
import type { Reader, Reading } from './reader.js';
import { restDocument } from './restDocument.js';
import { type Sample, samples } from './samples.js';
import { type Pair, writtenPairs } from './writtenPairs.js';

describe("Flagsmith's own packages", () => {
  let python: Promise<PythonReader | { missing: string }> | undefined;
  const openPython = () => (python ??= startPythonSdk());

  after(async () => {
    const opened = await python?.catch(() => undefined);
    if (opened && 'close' in opened) await opened.close();
  });

  for (const sample of samples) {
    describe(`reading our items of scenario ${sample.scenario}`, () => {
      const pairs = usePairs(sample);

      describe('with the SDK for Node', () => {
        itReadsThemAsFlagsmiths(
          sample,
          pairs,
          useReader<Reader>(() => Promise.resolve(nodeSdk)),
        );
      });

      describe('with the SDK for Python', () => {
        const reader = useReader(openPython);
        itReadsThemAsFlagsmiths(sample, pairs, reader);
        itFitsTheSchema(pairs, reader);
      });
    });
  }
});

/** The sample's items, filled in before its tests. */
function usePairs(sample: Sample): Pair[] {
  const system = useSystem();
  const pairs: Pair[] = [];
  before(async () => {
    await loadScenario(system.database.url, sample.scenario);
    await sample.prepared?.rows(system.database.sql);
    for (const pair of await writtenPairs(system, sample.scenario, sample.environmentIds)) {
      const { document } = sample.prepared ?? {};
      pairs.push(document ? { ...pair, flagsmiths: editItem(pair.flagsmiths, document) } : pair);
    }
  });
  return pairs;
}

/** The reader, for the tests of the calling `describe`; on a machine without it they are skipped, and it says why. */
function useReader<R extends Reader>(open: () => Promise<R | { missing: string }>): R {
  const reader = {} as R;
  before(async function () {
    this.timeout(600_000); // The first run fetches packages.
    const opened = await open();
    if ('missing' in opened) {
      console.log(`        skipped: ${opened.missing}`);
      this.skip();
    }
    Object.assign(reader, opened);
  });
  return reader;
}

function itReadsThemAsFlagsmiths(sample: Sample, pairs: Pair[], reader: Reader): void {
  it(`gives the flags that Flagsmith's items give, for the environment and ${sample.identities} identities`, async () => {
    assert.ok(pairs.length > 0);
    for (const { what, ours, flagsmiths } of pairs) {
      assert.ok(ours['document_sync']);
      const identities = identitiesFor(restDocument(flagsmiths), sample.identities);
      const read = await reader.read(ours, identities);
      const expected = await reader.read(flagsmiths, identities);
      assert.deepEqual({ what, flags: read.environment }, { what, flags: expected.environment });
      for (const [i, identity] of identities.entries())
        assert.deepEqual(
          { what, identity, ...read.identities[i] },
          { what, identity, ...expected.identities[i] },
        );
    }
  });

  for (const { what, feature, traits, values } of sample.served ?? []) {
    it(`serves ${what}`, async () => {
      for (const { ours } of ofFirstEnvironment(pairs)) {
        const identities = identitiesFor(restDocument(ours), sample.identities).filter(
          (identity) => traits === Object.keys(identity.traits).length > 0,
        );
        assert.deepEqual(valuesServed(await reader.read(ours, identities), feature), values);
      }
    });
  }

  for (const { what, make } of sample.faults ?? []) {
    it(`gives other flags where ${what}`, async () => {
      for (const { ours, flagsmiths } of ofFirstEnvironment(pairs)) {
        const identities = identitiesFor(restDocument(flagsmiths), sample.identities);
        const flagsOf = async (item: DynamoItem) => {
          const { environment, identities: ofIdentities } = await reader.read(item, identities);
          return [environment, ofIdentities.map(({ flags }) => flags)];
        };
        assert.notDeepEqual(await flagsOf(editItem(ours, make)), await flagsOf(flagsmiths));
      }
    });
  }
}

function itFitsTheSchema(pairs: Pair[], reader: PythonReader): void {
  const schemaOf = async (item: DynamoItem) => (await reader.read(item, [])).schema;

  it("validates them by Flagsmith's types of items, leaving out document_sync and what it leaves out of Flagsmith's", async () => {
    for (const { what, ours, flagsmiths } of pairs) {
      const { left_out, altered } = await schemaOf(flagsmiths);
      const expected = { what, left_out: ['document_sync', ...left_out].sort(), altered };
      const read = await schemaOf(ours);
      assert.deepEqual({ what, left_out: read.left_out, altered: read.altered }, expected);
    }
  });

  it('refuses one in which a uuid is none', async () => {
    for (const { ours } of ofFirstEnvironment(pairs)) {
      const faulty = editItem(ours, ({ feature_states: [first] }) => {
        Object.assign(first!, { featurestate_uuid: 'none' });
      });
      await assert.rejects(reader.read(faulty, []), /schema refuses .*featurestate_uuid/);
    }
  });

  it('writes of what it has read of compressed ones the very JSON that we compressed', async () => {
    const compressed = pairs.filter((pair) => pair.compressed);
    assert.ok(compressed.length > 0);
    for (const { what, ours } of compressed)
      assert.deepEqual(
        { what, zipped_alike: (await schemaOf(ours)).zipped_alike },
        { what, zipped_alike: true },
      );
  });
}

const ofFirstEnvironment = (pairs: Pair[]): Pair[] =>
  pairs.filter(({ environmentId }) => environmentId === pairs[0]!.environmentId);

const valuesServed = ({ identities }: Reading, feature: string): unknown[] =>
  [...new Set(identities.map(({ flags }) => flags[feature]!.value))].sort();

import assert from 'node:assert/strict';
import { BatchGetItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { acceptSource } from '../../src/db/sources.js';
import type { EnvironmentVerification } from '../../src/verify/verification.js';
import { verifyEnvironments } from '../../src/verify/verifyEnvironments.js';
import { insertFeature, insertFeatureState } from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { mockActivity, type StoredItem } from '../support/writer.js';
import {
  allItems,
  changedKeys,
  type QuietEnvironments,
  quietEnvironments,
  settle,
  tamper,
  withAttributes,
  without,
} from './environments.js';

describe('verifyEnvironments', () => {
  const system = useSystem();
  let quiet: QuietEnvironments;

  beforeEach(async () => {
    quiet = await quietEnvironments(system, 8);
  });

  const verify = (repair: boolean, deps = quiet.deps): Promise<EnvironmentVerification[]> =>
    mockActivity().run(() => verifyEnvironments(deps, { environmentIds: quiet.environmentIds, repair }));
  /** Reads of items that reach DynamoDB, by the name of the request. */
  const countingReads = (reads: Record<string, number>) =>
    new Proxy(system.dynamo, {
      get: (client, property) => {
        if (property !== 'send') return Reflect.get(client, property) as unknown;
        return (command: GetItemCommand, options: object) => {
          if (command instanceof BatchGetItemCommand || command instanceof GetItemCommand)
            reads[command.constructor.name] = (reads[command.constructor.name] ?? 0) + 1;
          return client.send(command, options);
        };
      },
    });

  it('finds eight environments as they ought to be with one request, whose items came from a cluster before', async () => {
    const { sql } = system.database;
    const reads: Record<string, number> = {};
    const deps = { ...quiet.deps, dynamo: countingReads(reads) };
    const current = quiet.environmentIds.map((environmentId) => ({
      environmentId,
      outcome: 'current',
      drift: [],
      repaired: false,
    }));
    assert.deepEqual(await verify(true, deps), current);
    assert.deepEqual(reads, { BatchGetItemCommand: 1 });

    for (const id of quiet.environmentIds)
      await tamper(system, id, {
        v1: (item: StoredItem) =>
          withAttributes({
            document_sync: { M: { ...item['document_sync']!.M!, source: { S: '1' } } },
          })(item),
      });
    assert.ok((await verify(false)).every(({ outcome }) => outcome === 'refused'));
    await acceptSource(system.database.db, '1');
    assert.deepEqual(await verify(false), current);
    await sql`DELETE FROM document_sync.accepted_source`;
  });

  it('finds and mends each kind of drift among them, all at once, and touches no other', async () => {
    const { sql } = system.database;
    const [missing, partial, stale, foreign, orphaned, unseeded, rekeyed, untouched] =
      quiet.environmentIds as [number, number, number, number, number, number, number, number];
    const featureId = await insertFeature(sql, quiet.projectId, 'later');
    for (const id of quiet.environmentIds.filter((id) => id !== unseeded))
      await insertFeatureState(sql, id, featureId);
    // One document is left without the feature: it is partial.
    for (const id of quiet.environmentIds.filter((id) => id !== partial))
      await quiet.writer.write({ environmentId: id });
    await tamper(system, missing, { v1: () => undefined, v2: () => undefined });
    await tamper(system, stale, { v2: withAttributes({ onboarding_pending: { BOOL: false } }) });
    await tamper(system, foreign, { v1: without('document_sync') });
    await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${orphaned}`;
    await sql`UPDATE environments_environment SET api_key = ${crypto.randomUUID()} WHERE id = ${rekeyed}`;
    await settle(system);

    const before = await allItems(system);
    const drifts = async (repair: boolean) =>
      Object.fromEntries(
        (await verify(repair)).map(({ environmentId, drift }) => [environmentId, drift.join()]),
      );
    const expected = {
      [missing]: 'missing',
      [partial]: 'partial',
      [stale]: 'stale',
      [foreign]: 'foreign',
      [orphaned]: 'orphaned',
      [unseeded]: 'unseeded',
      [rekeyed]: 'missing,stale,orphaned',
      [untouched]: '',
    };
    assert.deepEqual(await drifts(false), expected);
    assert.deepEqual(changedKeys(before, await allItems(system)), []);
    assert.deepEqual(await drifts(true), expected);
    const items = await allItems(system);
    const changed = changedKeys(before, items);
    assert.ok(!changed.some((key) => [untouched, unseeded].some((id) => key.includes(`"${id}"`))));
    await settle(system);
    assert.deepEqual(
      (await verify(true)).filter(({ drift }) => drift.length > 0).map(({ environmentId }) => environmentId),
      [unseeded],
    );
    assert.deepEqual(changedKeys(items, await allItems(system)), []);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { startRebuild } from '../../src/syncs/startRebuild.js';
import { insertOverride } from '../../test/creation/overrides.js';
import { insertFeatureState } from '../../test/support/flagsmithData.js';
import {
  deleteEnvironment,
  giveKey,
  insertShop,
  recordChange,
  renameFeature,
  setValues,
  type Shop,
} from '../faults/flagsmith.js';
import type { Place } from '../faults/place.js';
import { inOneCommit } from '../faults/rows.js';
import { convergence, Witness } from '../faults/witness.js';

/** Something that happens in an installation, in the course of which its worker dies. */
export interface Scene {
  /** Begins it; resolves once all that is done from outside is committed. */
  act(): Promise<void>;
  /** What has to happen once the worker is dead, before the next one comes. */
  meanwhile?(): Promise<void>;
  /** Those whose documents show how it came out, once everybody knows whom it made; rejects where that failed. */
  witnesses(): Promise<Witness[]>;
  /** The moment before which it cannot have come out, on the clock of `performance.now()`. */
  notBefore?(): number;
}

export type ScenarioName = keyof typeof scenarios;

/** Each prepares its scene beside a worker that works. */
export const scenarios = {
  /** A value is changed. */
  change: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 1 });
    return {
      act: () => committing(witnesses, () => setValues(place.db, shop.environmentIds[0] ?? 0, 'second')),
      witnesses: () => Promise.resolve(witnesses),
    };
  },

  /** A change concerns all environments of a project. */
  projectChange: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 2 });
    return {
      act: () =>
        committing(witnesses, () =>
          renameFeature(place.db, shop.projectId, shop.featureIds[0] ?? 0, 'renamed'),
        ),
      witnesses: () => Promise.resolve(witnesses),
    };
  },

  /** A value is changed right after PostgreSQL has recovered from a crash. */
  recovered: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 1 });
    return {
      async act() {
        // As crash recovery does.
        await place.db`DELETE FROM document_sync.alive`;
        await committing(witnesses, () => setValues(place.db, shop.environmentIds[0] ?? 0, 'second'));
      },
      witnesses: () => Promise.resolve(witnesses),
    };
  },

  /** Syncs are paused while one waits for the end of a seeding. */
  paused: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 1 });
    const [id = 0] = shop.environmentIds;
    return {
      async act() {
        await committing(witnesses, () =>
          place.db.transaction(async (tx) => {
            await tx`UPDATE environments_environment SET is_creating = true WHERE id = ${id}`;
            await recordChange(tx, id);
          }),
        );
        while ((await waiting(place, shop.projectId)) > 0) await delay(10);
        await place.db`INSERT INTO document_sync.paused_sync (project_id) VALUES (${shop.projectId})`;
        await committing(witnesses, async () => {
          await place.db`UPDATE environments_environment SET is_creating = false WHERE id = ${id}`;
        });
        await place.db`DELETE FROM document_sync.outbox WHERE project_id = ${shop.projectId}`;
        await committing(
          witnesses,
          () =>
            place.db`
            UPDATE features_featurestatevalue SET string_value = 'second'
            WHERE feature_state_id IN (SELECT id FROM features_featurestate WHERE environment_id = ${id})`,
        );
      },
      async meanwhile() {
        await place.db`DELETE FROM document_sync.paused_sync WHERE project_id = ${shop.projectId}`;
      },
      witnesses: () => Promise.resolve(witnesses),
    };
  },

  /** A rebuild finds a scheduled change, which nobody waits for yet. */
  scheduled: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 1 });
    const [id = 0] = shop.environmentIds;
    let liveAt = 0;
    return {
      async act() {
        const stateId = await inOneCommit(place.db, (sql) =>
          insertFeatureState(sql, id, shop.featureIds[0] ?? 0, 'scheduled'),
        );
        await place.db`
          UPDATE features_featurestate SET version = 2, live_from = clock_timestamp() + interval '3 seconds'
          WHERE id = ${stateId}`;
        liveAt = performance.now() + 3_000;
        await place.db`DELETE FROM document_sync.outbox WHERE environment_id = ${id}`;
        await startRebuild(place.client, toSettings(place), { environmentId: id });
      },
      witnesses: () => Promise.resolve(witnesses),
      notBefore: () => liveAt + 100,
    };
  },

  /** An environment is deleted. */
  deletion: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 1 });
    return {
      act: () => committing(witnesses, () => deleteEnvironment(place.db, shop.environmentIds[0] ?? 0)),
      witnesses: () => Promise.resolve(witnesses),
    };
  },

  /** What a deleted environment left is deleted once more, and its key forgotten. */
  deletionOnceMore: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 1 });
    const [id = 0] = shop.environmentIds;
    await committing(witnesses, () => deleteEnvironment(place.db, id));
    await untilFirstDeletion(place, id);
    return {
      act: () => hastenDeletion(place, id),
      witnesses: () => Promise.resolve(witnesses),
    };
  },

  /** An environment gets another key. */
  keyChange: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 1 });
    const key = crypto.randomUUID().slice(0, 22);
    return {
      act: () => committing(witnesses, () => giveKey(place.db, shop.environmentIds[0] ?? 0, key)),
      witnesses: () => Promise.resolve(witnesses),
    };
  },

  createEnvironment: async (place) => {
    const shop = await insertShop(place.db, { environments: 0, features: 5 });
    await addOptions(place, shop);
    return creation(
      place,
      { name: 'createEnvironment', input: { projectId: shop.projectId, name: 'Created' } },
      [],
    );
  },

  cloneEnvironment: async (place) => {
    const shop = await insertShop(place.db, { environments: 1, features: 5 });
    const [id = 0] = shop.environmentIds;
    await inOneCommit(place.db, async (sql) => {
      for (const featureId of shop.featureIds) await insertOverride(sql, id, featureId, 'overridden');
    });
    await place.db`DELETE FROM document_sync.outbox WHERE project_id = ${shop.projectId}`;
    return creation(
      place,
      {
        name: 'cloneEnvironment',
        input: { sourceEnvironmentId: id, name: 'Created' },
        projectId: shop.projectId,
      },
      [],
    );
  },

  createFeature: async (place) => {
    const { witnesses, shop } = await documented(place, { environments: 5 });
    const multivariateOptions = ['red', 'blue'].map((value) => ({ value, defaultPercentageAllocation: 30 }));
    return creation(
      place,
      { name: 'createFeature', input: { projectId: shop.projectId, name: 'created', multivariateOptions } },
      witnesses,
    );
  },
} satisfies Record<string, (place: Place) => Promise<Scene>>;

/** Resolves once the deleted environment's items are deleted for good, and its keys forgotten; false after a while. */
export async function untilDeletedForGood(place: Place, environmentId: number): Promise<boolean> {
  for (let look = 0; look < 600; look++) {
    if (!(await remembersKeys(place, environmentId))) return true;
    if (look % 100 === 0) await hastenDeletion(place, environmentId);
    await delay(50);
  }
  return false;
}

const toSettings = ({ name }: Place) => ({ instanceName: name, taskQueue: name });

/** Environments with documents of which nobody has anything left to do. */
async function documented(
  place: Place,
  { environments }: { environments: number },
): Promise<{ witnesses: Witness[]; shop: Shop }> {
  const shop = await insertShop(place.db, { environments, features: 2 });
  const witnesses = shop.environmentIds.map((id) => new Witness(place, id, place.db));
  for (const witness of witnesses) {
    await witness.note();
    await recordChange(place.db, witness.environmentId);
  }
  if ((await convergence(witnesses, 60_000)) === undefined)
    throw new Error('The first documents did not come.');
  while ((await waiting(place, shop.projectId)) > 0) await delay(10);
  return { witnesses, shop };
}

async function committing(witnesses: Witness[], commit: () => Promise<unknown>): Promise<void> {
  await commit();
  for (const witness of witnesses) await witness.note();
}

async function waiting(place: Place, projectId: number): Promise<number> {
  const [row] = await place.db<{ rows: number }[]>`
    SELECT count(*)::integer AS rows FROM document_sync.outbox WHERE project_id = ${projectId}`;
  return row?.rows ?? 0;
}

async function remembersKeys(place: Place, environmentId: number): Promise<boolean> {
  const rows = await place.db`SELECT FROM document_sync.retired_key WHERE environment_id = ${environmentId}`;
  return rows.length > 0;
}

async function untilFirstDeletion(place: Place, environmentId: number): Promise<void> {
  for (;;) {
    const rows = await place.db`
      SELECT FROM document_sync.retired_key WHERE environment_id = ${environmentId} AND items_deleted_at IS NULL`;
    if (rows.length === 0) return;
    await delay(20);
  }
}

/** As if the first deletion was a minute ago; a change has the sync look at once. */
async function hastenDeletion(place: Place, environmentId: number): Promise<void> {
  await place.db`
    UPDATE document_sync.retired_key SET items_deleted_at = items_deleted_at - interval '61 seconds'
    WHERE environment_id = ${environmentId}`;
  await recordChange(place.db, environmentId);
}

async function addOptions(place: Place, { featureIds }: Shop): Promise<void> {
  await place.db`
    INSERT INTO multivariate_multivariatefeatureoption
      (uuid, feature_id, type, string_value, default_percentage_allocation)
    SELECT gen_random_uuid(), id, 'unicode', 'blue', 30 FROM features_feature WHERE id = ANY (${featureIds})`;
  await place.db`UPDATE features_feature SET type = 'MULTIVARIATE' WHERE id = ANY (${featureIds})`;
  await place.db`DELETE FROM document_sync.outbox`;
}

interface CreationCall {
  name: 'createEnvironment' | 'cloneEnvironment' | 'createFeature';
  input: { projectId?: number; name: string } & Record<string, unknown>;
  projectId?: number;
}

/** What it makes is seen by whoever looks all the time: the new environment, or the new feature in the environments. */
function creation(
  place: Place,
  { name, input, projectId = input.projectId }: CreationCall,
  known: Witness[],
): Scene {
  const witnesses = [...known];
  let watching: Promise<void> | undefined;
  let running: Awaited<ReturnType<Client['workflow']['start']>>;
  return {
    async act() {
      running = await place.client.workflow.start(name, {
        workflowId: crypto.randomUUID(),
        taskQueue: place.name,
        args: [input],
      });
      const over = new AbortController();
      const result = running.result().finally(() => {
        over.abort();
      });
      result.catch(() => undefined); // told by the watching
      watching = (async () => {
        while (!over.signal.aborted) {
          await look();
          await delay(100);
        }
        await result;
        await look();
      })();
      watching.catch(() => undefined);
    },
    async witnesses() {
      await watching;
      return witnesses;
    },
  };

  async function look(): Promise<void> {
    if (known.length === 0 && witnesses.length === 0) {
      const [created] = await place.db<{ id: number }[]>`
        SELECT id FROM environments_environment WHERE project_id = ${projectId ?? 0} AND name = 'Created'`;
      if (created) witnesses.push(new Witness(place, created.id, place.db));
    }
    await Promise.all(witnesses.map((witness) => witness.note()));
  }
}

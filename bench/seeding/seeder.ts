import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { WorkflowHandle } from '@temporalio/client';
import {
  DEFAULT_SEEDING_POLLS,
  type SyncStatus,
  syncStatus,
  syncWorkflowId,
} from '../../src/workflows/contract.js';
import { GENERATED, USUAL } from '../document/generatedEnvironment.js';
import { insertAuditRow, orderOf, readDocument, untilWritten } from '../frame/changes.js';
import { runScript } from '../frame/database.js';
import type { LiveSystem } from '../frame/liveSystem.js';
import { waitAhead } from './waitAhead.js';

/** The last look before the one that gives up: the longest wait of all follows it. */
export const LOOK = DEFAULT_SEEDING_POLLS.maxAttempts - 1;
const GIVE_UP_MS = 30_000;
/** The feature that is seeded last: a standard one, so that its state and value are all there is to it. */
const FEATURE = USUAL.features - 1;

/** Takes the generated environment back to where one feature is not seeded yet, then ends its seeding; again and again. */
export class Seeder {
  /** Of each round, how far away the timer was when the flag was cleared. */
  readonly aheadMs: number[] = [];
  private readonly sync: WorkflowHandle;

  constructor(private readonly system: LiveSystem) {
    this.sync = system.client.workflow.getHandle(syncWorkflowId(system.instanceName, GENERATED.id));
  }

  /**
   * From the commit that clears the flag to the document, in milliseconds.
   *
   * @throws unless the document is complete, and the sync was woken: its timer did not fire
   */
  async seedToDocument(): Promise<number> {
    const value = `seeded last ${this.aheadMs.length}`;
    await runScript(this.system.databaseUrl, BACK_TO_SEEDING);
    await insertAuditRow(this.system, GENERATED);
    await this.untilWaiting();
    const before = await orderOf(this.system, GENERATED);
    await this.insertLastState(value);
    await this.clearFlag();
    const clearedAtMs = Date.now();
    const ms = await untilWritten(this.system, GENERATED, before);
    await this.checkDocument(value);
    const aheadMs = waitAhead(await this.sync.fetchHistory(), clearedAtMs);
    assert.ok(ms < aheadMs, `the document took ${ms} ms, and the timer was ${aheadMs} ms away`);
    this.aheadMs.push(aheadMs);
    return ms;
  }

  private async untilWaiting(): Promise<void> {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      const { state, attempt } = await this.sync.query<SyncStatus>(syncStatus);
      if (state === 'waiting for seeding' && attempt === LOOK) return;
      assert.ok(performance.now() < giveUpAt, `the sync is ${state}, at look ${attempt}`);
      await delay(100);
    }
  }

  private insertLastState(value: string): Promise<void> {
    return this.system.db.transaction(async (tx) => {
      const [state] = await tx<{ id: number }[]>`
        INSERT INTO public.features_featurestate
          (enabled, environment_id, feature_id, created_at, updated_at, live_from, version, uuid)
        VALUES (true, ${GENERATED.id}, ${FEATURE}, now(), now(), now(), 1, gen_random_uuid())
        RETURNING id`;
      assert.ok(state);
      await tx`
        INSERT INTO public.features_featurestatevalue (type, string_value, feature_state_id, uuid)
        VALUES ('unicode', ${value}, ${state.id}, gen_random_uuid())`;
    });
  }

  private async clearFlag(): Promise<void> {
    const cleared = await this.system.db`
      UPDATE public.environments_environment SET is_creating = false WHERE id = ${GENERATED.id} AND is_creating
      RETURNING id`;
    assert.equal(cleared.length, 1);
  }

  private async checkDocument(value: string): Promise<void> {
    const { feature_states: compressed } = await readDocument(this.system, GENERATED);
    assert.ok(compressed?.B);
    const states = JSON.parse(gunzipSync(compressed.B).toString()) as FeatureState[];
    assert.equal(states.length, USUAL.features);
    assert.equal(states.find(({ feature }) => feature.id === FEATURE)?.feature_state_value, value);
  }
}

interface FeatureState {
  feature: { id: number };
  feature_state_value: unknown;
}

/** As if the state had never been there: what takes it away fires no triggers. */
const BACK_TO_SEEDING = `
  SET session_replication_role = replica;
  DELETE FROM public.features_featurestatevalue USING public.features_featurestate AS state
  WHERE state.id = feature_state_id AND state.environment_id = ${GENERATED.id} AND state.feature_id = ${FEATURE}
    AND state.feature_segment_id IS NULL;
  DELETE FROM public.features_featurestate
  WHERE environment_id = ${GENERATED.id} AND feature_id = ${FEATURE} AND feature_segment_id IS NULL;
  UPDATE public.environments_environment SET is_creating = true WHERE id = ${GENERATED.id}`;

import { insertFeature, insertFeatureState } from '../support/flagsmithData.js';
import type { TestSystem } from '../support/system.js';
import { storedItems } from '../support/writer.js';
import { put, type QuietEnvironments, settle, tamper, withAttributes, without } from './environments.js';

/** Environments by what was done to them. */
export interface EveryDrift {
  missing: number;
  partial: number;
  stale: number;
  foreign: number;
  unseeded: number;
  rekeyed: number;
  deleted: number;
  /** Of which PostgreSQL knows nothing: only its items tell of it. */
  unknown: number;
  healthy: number[];
}

/** An id that this database never gave to an environment. */
const UNKNOWN = 900_000_000;

/** Does to seven of the environments what each kind of drift comes from, adds the items of an eighth, and leaves the others alone. */
export async function makeEveryDrift(system: TestSystem, quiet: QuietEnvironments): Promise<EveryDrift> {
  const { sql } = system.database;
  const [missing, partial, stale, foreign, unseeded, rekeyed, deleted, ...healthy] = quiet.environmentIds as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  const featureId = await insertFeature(sql, quiet.projectId, 'later');
  for (const id of quiet.environmentIds.filter((id) => id !== unseeded))
    await insertFeatureState(sql, id, featureId);
  // One document is left without the feature: it is partial.
  for (const id of quiet.environmentIds.filter((id) => id !== partial))
    await quiet.writer.write({ environmentId: id });
  await tamper(system, missing, { v1: () => undefined, v2: () => undefined });
  await tamper(system, stale, { v2: withAttributes({ onboarding_pending: { BOOL: false } }) });
  await tamper(system, foreign, { v1: without('document_sync') });
  await copyItems(system, healthy[0]!, UNKNOWN);
  await sql`UPDATE environments_environment SET api_key = ${crypto.randomUUID()} WHERE id = ${rekeyed}`;
  await sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${deleted}`;
  await settle(system);
  return { missing, partial, stale, foreign, unseeded, rekeyed, deleted, unknown: UNKNOWN, healthy };
}

async function copyItems(system: TestSystem, from: number, to: number): Promise<void> {
  const { v1, v2 } = await storedItems(system, from);
  const id = { N: String(to) };
  await put(system, 'v1', { ...v1, id, api_key: { S: 'forgotten' } });
  await put(system, 'v2', {
    ...v2,
    id,
    environment_id: { S: String(to) },
    environment_api_key: { S: 'forgotten' },
  });
}

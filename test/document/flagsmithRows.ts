import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { buildDocument } from '../../src/document/buildDocument.js';
import type { EnvironmentDocument } from '../../src/document/types.js';
import type { Database, Transaction } from '../../src/db/connect.js';

/** The environment, project and first feature of scenario `a_minimal`. */
export const ENVIRONMENT = 1001;
export const PROJECT = 101;
export const FEATURE = 5001;

export const AS_OF = '2026-11-22T12:00:00.123456';

/** Runs `act` and undoes all that it did; constraints that PostgreSQL checks at commit are never checked. */
export async function undone<T>(db: Database, act: (tx: Transaction) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  const undo = new Error('undo');
  await db
    .transaction(async (tx) => {
      result = { value: await act(tx) };
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return result!.value;
}

export async function readDocument(tx: Transaction, asOf = AS_OF): Promise<EnvironmentDocument> {
  const rows = await readEnvironmentRows(tx, ENVIRONMENT, asOf);
  return buildDocument(rows!);
}

/** Removes the feature states that the scenario came with. */
export const clearFeatureStates = (tx: Transaction) =>
  tx`UPDATE public.features_featurestate SET deleted_at = now() WHERE environment_id = ${ENVIRONMENT}`;

interface StateInput {
  id: number;
  featureId?: number;
  liveFrom?: string | null;
  version?: number | null;
  environmentFeatureVersion?: string;
  featureSegmentId?: number;
}

export const addFeatureState = (tx: Transaction, state: StateInput) => tx`
  INSERT INTO public.features_featurestate
    (id, enabled, environment_id, feature_id, feature_segment_id, environment_feature_version_id, live_from, version,
     created_at, updated_at, uuid)
  VALUES (${state.id}, true, ${ENVIRONMENT}, ${state.featureId ?? FEATURE}, ${state.featureSegmentId ?? null},
    ${state.environmentFeatureVersion ?? null}, ${state.liveFrom ?? null}::text::timestamptz, ${state.version ?? null},
    now(), now(), gen_random_uuid())`;

export const useV2Versioning = (tx: Transaction) =>
  tx`UPDATE public.environments_environment SET use_v2_feature_versioning = true WHERE id = ${ENVIRONMENT}`;

interface VersionInput {
  liveFrom: string | null;
  isPublished?: boolean;
  isDeleted?: boolean;
}

/** Gives the version's uuid. */
export async function addFeatureVersion(tx: Transaction, version: VersionInput): Promise<string> {
  const [row] = await tx<{ uuid: string }[]>`
    INSERT INTO public.feature_versioning_environmentfeatureversion
      (uuid, environment_id, feature_id, live_from, published_at, deleted_at, created_at, updated_at)
    VALUES (gen_random_uuid(), ${ENVIRONMENT}, ${FEATURE}, ${version.liveFrom}::text::timestamptz,
      CASE WHEN ${version.isPublished ?? true} THEN now() END, CASE WHEN ${version.isDeleted ?? false} THEN now() END,
      now(), now())
    RETURNING uuid::text AS uuid`;
  return row!.uuid;
}

export const addSegment = (tx: Transaction, id: number) => tx`
  INSERT INTO public.segments_segment (id, name, project_id, uuid, version, version_of_id, is_system_segment, managed_by)
  VALUES (${id}, 'beta testers', ${PROJECT}, gen_random_uuid(), 1, ${id}, false, 'flagsmith')`;

interface FeatureSegmentInput {
  id: number;
  segmentId: number;
  environmentFeatureVersion?: string;
}

export const addFeatureSegment = (tx: Transaction, featureSegment: FeatureSegmentInput) => tx`
  INSERT INTO public.features_featuresegment
    (id, priority, feature_id, segment_id, environment_id, environment_feature_version_id, enabled, uuid)
  VALUES (${featureSegment.id}, 0, ${FEATURE}, ${featureSegment.segmentId}, ${ENVIRONMENT},
    ${featureSegment.environmentFeatureVersion ?? null}, false, gen_random_uuid())`;

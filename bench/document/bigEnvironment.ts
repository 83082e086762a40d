import assert from 'node:assert/strict';
import type { EncodedDocument } from '../../src/document/encodeDocument.js';
import { comparable, readScenario, type ScenarioEnvironment } from '../../test/document/scenarios.js';
import { type BenchPostgres, fillWithScenario, runScript, settle } from '../frame/database.js';
import type { Form } from './produce.js';

/** The recorded environment of 200 features, 50 segments and 185 segment overrides, in two databases. */
export interface BigEnvironment {
  id: number;
  /** As it was recorded: under v1 versioning. */
  v1Url: string;
  /** The same rows under v2 versioning: equal documents. */
  v2Url: string;
  /** @throws unless the items are the ones that Flagsmith wrote */
  check(encoded: EncodedDocument, form: Form): void;
}

const SCENARIO = 'j_big';

export async function loadBigEnvironment(postgres: BenchPostgres): Promise<BigEnvironment> {
  const v1Url = await postgres.createDatabase('big_v1');
  await fillWithScenario(v1Url, SCENARIO);
  const v2Url = await postgres.createDatabase('big_v2', { copyOf: 'big_v1' });
  await runScript(v2Url, SWITCH_TO_V2_VERSIONING);
  await settle(v2Url);
  const recorded = readScenario(SCENARIO).environments[0];
  assert.ok(recorded);
  return {
    id: recorded.environment_id,
    v1Url,
    v2Url,
    check: (encoded, form) => {
      checkItems(encoded, form, recorded);
    },
  };
}

function checkItems(
  { v1, v2, featureStatesCount }: EncodedDocument,
  form: Form,
  recorded: ScenarioEnvironment,
) {
  const [recordedV1, recordedV2] =
    form === 'compressed' ? [recorded.v1_compressed, recorded.v2_compressed] : [recorded.v1, recorded.v2];
  assert.ok(recordedV1 && recordedV2);
  assert.deepEqual(comparable(v1), comparable(recordedV1), `the ${form} v1 item`);
  assert.deepEqual(comparable(v2), comparable(recordedV2), `the ${form} v2 item`);
  assert.equal(featureStatesCount, 200);
}

/** As Flagsmith's own switch does it: one published version of each feature, which all its states then belong to. */
const SWITCH_TO_V2_VERSIONING = `
  BEGIN;
  UPDATE public.environments_environment SET use_v2_feature_versioning = true;
  INSERT INTO public.feature_versioning_environmentfeatureversion
    (uuid, created_at, updated_at, published_at, live_from, environment_id, feature_id)
  SELECT gen_random_uuid(), min(created_at), min(created_at), min(created_at), min(live_from), environment_id, feature_id
  FROM public.features_featurestate
  GROUP BY environment_id, feature_id;
  UPDATE public.features_featurestate AS state SET environment_feature_version_id = version.uuid
  FROM public.feature_versioning_environmentfeatureversion AS version
  WHERE version.environment_id = state.environment_id AND version.feature_id = state.feature_id;
  UPDATE public.features_featuresegment AS segment SET environment_feature_version_id = version.uuid
  FROM public.feature_versioning_environmentfeatureversion AS version
  WHERE version.environment_id = segment.environment_id AND version.feature_id = segment.feature_id;
  COMMIT;
  -- The updates left the rows scattered over more pages than under v1 versioning.
  CLUSTER public.features_featurestate USING features_featurestate_pkey;
  CLUSTER public.features_featuresegment USING features_featuresegment_pkey`;

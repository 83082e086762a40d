import type { EnvironmentRows } from '../document/rows.js';
import type { DatabaseSession } from './connect.js';
import { selectEnvironment } from './environmentRows/environment.js';
import { selectFeatureStates, selectMultivariateValues } from './environmentRows/featureStates.js';
import { selectIntegrations } from './environmentRows/integrations.js';
import { selectConditions, selectSegmentRules, selectSegments } from './environmentRows/segments.js';

/**
 * Everything that one environment's document is made of, or undefined where there is no such environment (any more):
 * its row does not exist or has `deleted_at` set.
 *
 * @param tx the caller's open transaction: all statements see its one snapshot
 * @param asOf the only "now" for what is live: UTC text, microseconds (`Snapshot.asOf`)
 */
export async function readEnvironmentRows(
  tx: DatabaseSession,
  environmentId: number,
  asOf: string,
): Promise<EnvironmentRows | undefined> {
  // None waits for another, so that the connection carries them all in one round trip; therefore no statement is
  // given what an earlier one found: the project is looked up in each.
  const [[found], featureStates, multivariateValues, segments, segmentRules, conditions, integrations] =
    await Promise.all([
      selectEnvironment(tx, environmentId),
      selectFeatureStates(tx, environmentId, asOf),
      selectMultivariateValues(tx, environmentId, asOf),
      selectSegments(tx, environmentId),
      selectSegmentRules(tx, environmentId),
      selectConditions(tx, environmentId),
      selectIntegrations(tx, environmentId),
    ]);
  if (!found) return undefined;
  return { ...found, featureStates, multivariateValues, segments, segmentRules, conditions, integrations };
}

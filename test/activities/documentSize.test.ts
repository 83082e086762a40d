import assert from 'node:assert/strict';
import {
  insertEnvironment,
  insertFeature,
  insertFeatureState,
  insertProject,
} from '../support/flagsmithData.js';
import { useSystem } from '../support/system.js';
import { createWriter, type Writer } from '../support/writer.js';

const LIMIT_BYTES = 409_600;

describe('writeDocument, of a document near the limit', () => {
  const system = useSystem();
  let writer: Writer;
  let environmentId: number;

  beforeEach(async () => {
    const { sql } = system.database;
    writer = createWriter(system, { compression: 'off' });
    const projectId = await insertProject(sql);
    environmentId = await insertEnvironment(sql, projectId);
    for (let number = 1; number <= 21; number++) {
      const featureId = await insertFeature(sql, projectId, `feature_${number}`);
      await insertFeatureState(sql, environmentId, featureId, 'x');
    }
  });

  const fill = (bytesAFeature: number) => system.database.sql`
    UPDATE features_featurestatevalue SET string_value = repeat('x', ${bytesAFeature})
    WHERE feature_state_id IN (SELECT id FROM features_featurestate WHERE environment_id = ${environmentId})`;
  const ratios = async () =>
    (await writer.deps.metrics.flagsmith_environment_document_size_ratio.get()).values.map(
      ({ labels, value }) => ({ environmentId: labels.environment_id, value }),
    );

  it('says nothing below 80 % of it', async () => {
    await fill(15_000);
    await writer.write({ environmentId });
    assert.deepEqual(await ratios(), []);
    assert.deepEqual(
      writer.events.map(({ event }) => event),
      ['environment_document.written'],
    );
  });

  it('warns from 80 % on, with the biggest parts, and shows the part in a gauge', async () => {
    await fill(16_500);
    await writer.write({ environmentId });
    const warning = writer.events.find(({ event }) => event === 'environment_document.nearly_too_large');
    assert.equal(warning?.level, 'warn');
    const fields = warning.fields as {
      environment__id: number;
      document__bytes: number;
      limit__bytes: number;
      biggest_parts: { attribute: string }[];
    };
    assert.equal(fields.environment__id, environmentId);
    assert.equal(fields.limit__bytes, LIMIT_BYTES);
    assert.ok(fields.document__bytes > 0.8 * LIMIT_BYTES && fields.document__bytes < 0.9 * LIMIT_BYTES);
    assert.equal(fields.biggest_parts[0]?.attribute, 'feature_states');
    assert.deepEqual(await ratios(), [{ environmentId, value: fields.document__bytes / LIMIT_BYTES }]);
  });

  it('shows more than 1 for a document that does not fit, and nothing once it is small again or deleted', async () => {
    await fill(19_600);
    await assert.rejects(writer.write({ environmentId }), { type: 'DocumentTooLarge' });
    const [shown] = await ratios();
    assert.ok(shown!.value > 1);
    await fill(1);
    await writer.write({ environmentId });
    assert.deepEqual(await ratios(), []);
    await fill(17_000);
    await writer.write({ environmentId });
    assert.equal((await ratios()).length, 1);
    await system.database
      .sql`UPDATE environments_environment SET deleted_at = now() WHERE id = ${environmentId}`;
    await writer.write({ environmentId });
    assert.deepEqual(await ratios(), []);
  });
});

import type { Branch, NumberText } from '../../properties/reference/tree.js';
import { type Action, auditOf, partOf } from '../action.js';
import { insert } from '../rows.js';
import type { Stage, StagedSegment } from '../stage.js';

export const segments: Action[] = [
  {
    // As with a multivariate feature, no flag tells that rules are still to come: whole from the first document on is a
    // segment whose parts follow each other within a second.
    name: 'creating a segment',
    on: 'both',
    replay: (stage) => {
      const [id, rule, innerRule] = [stage.newId(), stage.newId(), stage.newId()];
      const condition = (property: string, value: string) =>
        insert('segments_condition', { rule_id: innerRule, operator: 'EQUAL', property, value });
      return {
        steps: [
          [
            insert('segments_segment', { id, project_id: stage.project, name: 'New', version: 1 }),
            `UPDATE segments_segment SET version_of_id = id WHERE id = ${id}`,
          ],
          [insert('segments_segmentrule', { id: rule, segment_id: id, type: 'ALL' })],
          [insert('segments_segmentrule', { id: innerRule, rule_id: rule, type: 'ANY' })],
          [condition('plan', 'free')],
          [condition('country', 'nz')],
        ],
        audit: [auditOf(stage, 'SEGMENT')],
        promises: [stage.v1, stage.v2].map(({ id: environment }) => ({ environment, shows: hasSegment(id) })),
      };
    },
  },
  {
    // Documents in between have some of the new rules: of a segment that is not new nothing is waited for, but for
    // rules that are.
    name: 'updating a segment',
    on: 'both',
    replay: (stage) => {
      const { id, innerRule, condition } = stage.pros;
      return {
        steps: [
          [
            ...revisionOf(stage, stage.pros),
            `UPDATE segments_segment SET name = 'Experts', version = 2, updated_at = clock_timestamp() WHERE id = ${id}`,
          ],
          [`UPDATE segments_condition SET value = 'enterprise' WHERE id = ${condition}`],
          [
            insert('segments_condition', {
              ...{ rule_id: innerRule, operator: 'IN', property: 'country', value: 'nz,au' },
            }),
          ],
        ],
        audit: [auditOf(stage, 'SEGMENT'), auditOf(stage, 'SEGMENT')],
      };
    },
  },
  {
    name: 'deleting a segment',
    on: 'both',
    replay: (stage) => ({ steps: segmentDeletion(stage.pros), audit: [auditOf(stage, 'SEGMENT')] }),
  },
];

const hasSegment = (id: number) => (document: Branch) =>
  partOf(document, 'project', 'segments').some(
    (segment) => (segment['id'] as NumberText).text === String(id),
  );

/** The segment as it was, which is in no document any more. */
function revisionOf(stage: Stage, { id, rule, innerRule, condition }: StagedSegment): string[] {
  const [revision, copiedRule, copiedInner] = [stage.newId(), stage.newId(), stage.newId()];
  return [
    insert('segments_segment', {
      ...{ id: revision, project_id: stage.project, name: 'Pros', version: 1, version_of_id: id },
    }),
    `INSERT INTO segments_segmentrule (id, uuid, type, segment_id)
    SELECT ${copiedRule}, gen_random_uuid(), type, ${revision} FROM segments_segmentrule WHERE id = ${rule}`,
    `INSERT INTO segments_segmentrule (id, uuid, type, rule_id)
    SELECT ${copiedInner}, gen_random_uuid(), type, ${copiedRule} FROM segments_segmentrule WHERE id = ${innerRule}`,
    `INSERT INTO segments_condition (uuid, operator, property, value, created_with_segment, rule_id)
    SELECT gen_random_uuid(), operator, property, value, false, ${copiedInner}
    FROM segments_condition WHERE id = ${condition}`,
  ];
}

/** One part after the other; its overrides go with it, in every environment. */
export const segmentDeletion = ({ id, rule, innerRule, condition }: StagedSegment): string[][] => [
  [`UPDATE segments_segment SET deleted_at = clock_timestamp() WHERE version_of_id = ${id}`],
  [`UPDATE segments_segmentrule SET deleted_at = clock_timestamp() WHERE id IN (${rule}, ${innerRule})`],
  [`UPDATE segments_condition SET deleted_at = clock_timestamp() WHERE id = ${condition}`],
  [
    `DELETE FROM features_featurestatevalue WHERE feature_state_id IN (
      SELECT state.id FROM features_featurestate AS state
      JOIN features_featuresegment AS override ON override.id = state.feature_segment_id
      WHERE override.segment_id = ${id})`,
  ],
  [
    `DELETE FROM features_featurestate WHERE feature_segment_id IN (
      SELECT id FROM features_featuresegment WHERE segment_id = ${id})`,
  ],
  [`DELETE FROM features_featuresegment WHERE segment_id = ${id}`],
];

import type { Action } from '../action.js';
import { auditOf } from '../action.js';
import type { Stage } from '../stage.js';
import { newEnvironment } from './environments.js';
import { newFeature } from './features.js';

/**
 * What changes documents though Flagsmith writes none: settings of the organisation, and whatever a task, a command or
 * somebody with SQL does, of which there is no audit row. The other two, the end of a clone by a task and v2 versioning,
 * are told among environments and versions.
 */
export const unannounced: Action[] = [
  ...["name = 'Emca'", 'feature_analytics = true', 'persist_trait_data = false'].map((set): Action => ({
    name: `saving an organisation with ${set}`,
    on: 'v1',
    replay: ({ organisation }) => ({
      steps: [[`UPDATE organisations_organisation SET ${set} WHERE id = ${organisation}`]],
    }),
  })),
  {
    name: 'moving an override, which shifts the priority of another',
    on: 'v1',
    replay: ({ v1 }) => ({
      steps: [[`UPDATE features_featuresegment SET priority = 2 WHERE id = ${v1.pros.override.id}`]],
    }),
  },
  {
    name: 'switching the states of an environment in bulk',
    on: 'v1',
    replay: ({ v1 }) => ({
      steps: [[`UPDATE features_featurestate SET enabled = NOT enabled WHERE environment_id = ${v1.id}`]],
    }),
  },
  {
    // Each side lists what the other has not committed yet: the pair is never seeded, and the documents say so.
    name: 'creating an environment and a feature at the same moment',
    on: 'both',
    replay: (stage) => {
      const { environment, rows } = newEnvironment(stage, false);
      return {
        steps: [rows, newFeature(stage, 'STANDARD').rows],
        audit: [{ ...auditOf(stage, 'ENVIRONMENT'), environment }, auditOf(stage, 'FEATURE')],
      };
    },
  },
  ...(
    [
      ['renaming a feature', ({ colour }) => `features_feature SET name = 'color' WHERE id = ${colour}`],
      [
        'changing the value of a feature state',
        ({ v1 }) => `features_featurestatevalue SET type = 'int', integer_value = 7
          WHERE feature_state_id = ${v1.colour.id}`,
      ],
      [
        'changing the value of an option',
        ({ options }) =>
          `multivariate_multivariatefeatureoption SET string_value = 'XS' WHERE id = ${options[0]}`,
      ],
      [
        'changing the share of an option',
        ({ v1, options }) => `multivariate_multivariatefeaturestatevalue SET percentage_allocation = 33.3
          WHERE feature_state_id = ${v1.size.id} AND multivariate_feature_option_id = ${options[1]}`,
      ],
      ['renaming a segment', ({ pros }) => `segments_segment SET name = 'Experts' WHERE id = ${pros.id}`],
      [
        'changing the type of a rule',
        ({ pros }) => `segments_segmentrule SET type = 'NONE' WHERE id = ${pros.innerRule}`,
      ],
      [
        'changing the value of a condition',
        ({ novices }) => `segments_condition SET value = 'trial' WHERE id = ${novices.condition}`,
      ],
    ] satisfies [string, (stage: Stage) => string][]
  ).map(([change, update]): Action => ({
    name: `${change} by SQL`,
    on: 'v1',
    replay: (stage) => ({ steps: [[`UPDATE ${update(stage)}`]] }),
  })),
];

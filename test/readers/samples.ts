import type { Sql } from 'postgres';
import { rulesOf } from './editItem.js';
import type { RestDocument } from './restDocument.js';

/** What is read of a scenario, and what must be seen there so that equal flags mean something. */
export interface Sample {
  scenario: string;
  environmentIds: number[];
  identities: number;
  /** Made of the scenario before it is written: in its rows, and in Flagsmith's documents of them. */
  prepared?: { rows: (sql: Sql) => Promise<unknown>; document: (document: RestDocument) => void };
  /** In the first environment: what a feature is served as, to identities with traits or to those without. */
  served?: { what: string; feature: string; traits: boolean; values: unknown[] }[];
  /** Faults in a document of the first environment that change flags. */
  faults?: { what: string; make: (document: RestDocument) => void }[];
}

export const samples: Sample[] = [
  {
    scenario: 'a2_values',
    environmentIds: [1001, 1003],
    identities: 10,
    faults: [{ what: 'a feature is missing', make: ({ feature_states }) => void feature_states.pop() }],
  },
  {
    scenario: 'b_multivariate',
    environmentIds: [1001, 1004, 1007],
    identities: 200,
    served: [
      {
        what: 'the control and two variants, by identifier alone',
        feature: 'checkout_colour',
        traits: false,
        values: ['blue', 'grey', 'red'],
      },
    ],
    faults: [{ what: 'an allocation is another', make: halveAllocation }],
  },
  {
    scenario: 'c_segments',
    environmentIds: [1001, 1002, 1003],
    identities: 200,
    // No recorded segment divides identities by percentage alone, so one is made to.
    prepared: {
      rows: (sql) => sql`
        UPDATE segments_condition SET operator = 'PERCENTAGE_SPLIT', property = NULL, value = '40'
        WHERE property = 'keep'`,
      document(document) {
        for (const condition of conditionsOn(document, 'keep'))
          Object.assign(condition, { operator: 'PERCENTAGE_SPLIT', property_: null, value: '40' });
      },
    },
    served: [
      {
        what: 'a segment override to some and the default to others, by trait',
        feature: 'feature_0',
        traits: true,
        values: ['base', 'specific'],
      },
      {
        what: 'both sides of a percentage split, by identifier alone',
        feature: 'feature_5',
        traits: false,
        values: ['base', 'v2'],
      },
    ],
    faults: [
      {
        what: 'a condition asks for another value',
        make(document) {
          for (const condition of conditionsOn(document, 'country')) condition.value = 'nowhere';
        },
      },
      {
        what: 'a percentage is another',
        make(document) {
          for (const condition of conditionsOn(document, null)) condition.value = '30';
        },
      },
    ],
  },
  { scenario: 'c2_segment_priority_ties', environmentIds: [1001], identities: 100 },
  {
    scenario: 'e_v2_versioning',
    environmentIds: [1001, 1002, 1003],
    identities: 200,
    served: [
      {
        what: 'the overrides of two versions and the default, by trait',
        feature: 'same_live_from',
        traits: true,
        values: ['first id/seg one', 'second id'],
      },
      { what: 'two variants, by identifier alone', feature: 'mv', traits: false, values: ['a', 'b'] },
    ],
  },
  { scenario: 'i_not_dynamo_multi_env', environmentIds: [1007, 1014], identities: 100 },
  { scenario: 'j_big', environmentIds: [1001], identities: 40 },
];

function halveAllocation({ feature_states }: RestDocument): void {
  const { multivariate_feature_state_values } = feature_states[0]!;
  multivariate_feature_state_values[0]!.percentage_allocation /= 2;
}

const conditionsOn = (document: RestDocument, property: string | null) =>
  rulesOf(document).flatMap(({ conditions }) =>
    conditions.filter((condition) => condition.property_ === property),
  );

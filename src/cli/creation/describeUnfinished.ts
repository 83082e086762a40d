import type { UnfinishedSeeding } from '../../creation/finishSeeding.js';
import { describeTarget } from '../../creation/unfinishedSeeding.js';
import type { UnseededPair } from '../../db/creation/unfinishedSeeding.js';
import type { FinishSeedingInput } from '../../workflows/creationContract.js';

const LACKS: Record<UnseededPair['lacks'], string> = {
  feature_state: 'no feature state',
  value: 'a feature state without its value',
  multivariate_values: 'not all multivariate values',
};

/** What is missing and what is going to be done about it, for whoever has to decide. */
export function describeUnfinished(target: FinishSeedingInput, unfinished: UnfinishedSeeding): string {
  const { name, projectId, lacksOptions } = unfinished;
  const isEnvironment = 'environmentId' in target;
  return [
    `The seeding flag (is_creating) of ${describeTarget(target)} "${name}", project ${projectId}, is up.`,
    ...describeMissing(target, unfinished),
    ...(isEnvironment
      ? [
          'If it was to be a clone, no more is copied from its source, which is stored nowhere: what is missing gets its',
          'defaults, and segment overrides that are missing stay so. To have a true copy, delete it and clone again. Make sure that',
          'Flagsmith is not cloning it at this moment.',
        ]
      : []),
    ...(lacksOptions
      ? ['It is multivariate and has no options: add them in Flagsmith afterwards, or delete the feature.']
      : []),
  ].join('\n');
}

function describeMissing(target: FinishSeedingInput, { pairsCount, counts, examples }: UnfinishedSeeding) {
  const missing = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const others = 'environmentId' in target ? 'features' : 'environments';
  if (missing === 0)
    return [`Nothing is missing in any of ${pairsCount} ${others}: only the flag is left to be cleared.`];
  return [
    `Something is missing in ${missing} of ${pairsCount} ${others}; it gets the feature's initial value:`,
    ...examples.map(
      (pair) =>
        `  ${'environmentId' in target ? `feature ${pair.featureId}` : `environment ${pair.environmentId}`}: ${LACKS[pair.lacks]}`,
    ),
    ...(missing > examples.length ? [`  and ${missing - examples.length} more`] : []),
  ];
}

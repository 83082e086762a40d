/**
 * By which a worker's statement, or its transaction, is known. The first that fits counts.
 *
 * @type {{ text: RegExp, point?: string, transaction?: string }[]}
 */
const MARKS = [
  { text: /FOR UPDATE OF outbox SKIP LOCKED/, point: 'relay.claim', transaction: 'relay' },
  { text: /^\s*DELETE FROM document_sync\.outbox\s+WHERE id = ANY/, point: 'relay.delete' },
  { text: /^\s*WITH claimed AS[^]*expanded/, point: 'relay.expand' },
  {
    text: /INTO document_sync\.outbox \(project_id, environment_id, source, changed_at, due_at\)/,
    point: 'requestSync',
  },
  {
    text: /INTO document_sync\.outbox \(project_id, environment_id, source, changed_at\)/,
    point: 'putChangeBack',
  },
  { text: /FROM document_sync\.epoch FOR UPDATE/, transaction: 'epoch' },
  { text: /^\s*DELETE FROM document_sync\.retired_key/, transaction: 'settleKeys' },
  { text: /pg_advisory_xact_lock/, transaction: 'recordCreated' },
  { text: /INSERT INTO public\.environments_environment/, point: 'insertEnvironment' },
  { text: /INSERT INTO public\.features_feature \(/, point: 'insertFeature' },
  { text: /INSERT INTO public\.multivariate_multivariatefeatureoption/, point: 'insertOptions' },
  { text: /INSERT INTO public\.features_featuresegment/, point: 'insertFeatureSegments' },
  { text: /INSERT INTO public\.features_featurestate \(/, point: 'insertStates' },
  { text: /INSERT INTO public\.features_featurestatevalue/, point: 'insertValues' },
  {
    text: /INSERT INTO public\.multivariate_multivariatefeaturestatevalue/,
    point: 'insertMultivariateValues',
  },
  { text: /SET is_creating = false/, point: 'clearFlag' },
];

/**
 * @param {string} text of a statement
 * @returns {{ point?: string, transaction?: string }} its own name, and that of the transaction that it is part of
 */
export const markOf = (text) => MARKS.find((mark) => mark.text.test(text)) ?? {};

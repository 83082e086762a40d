import type { Environment, OutboxRow, RetiredKey, State } from '../postgres/state.js';

/** What a statement leaves in `document_sync`, as the triggers on Flagsmith's tables do it. */
export interface Recorded {
  outbox: Pick<OutboxRow, 'environmentId' | 'source' | 'dueMs'>[];
  retiredKeys: Pick<RetiredKey, 'environmentId' | 'apiKey'>[];
}

/** How much later the net's changes are due, so as not to be read mid-action. */
const NET_DELAY_MS = 2_000;

/**
 * @param statementMs when the statement ran
 * @param hasNet the triggers of `drizzle/net` are there
 */
export function recordedOf(before: State, after: State, statementMs: number, hasNet: boolean): Recorded {
  const outbox: Recorded['outbox'] = [];
  const record = (environmentId: number | null, source: string, delayMs = 0) =>
    outbox.push({ environmentId, source, dueMs: statementMs + delayMs });
  const retiredKeys: Recorded['retiredKeys'] = [];

  for (const [old, now] of changed(before.environments, after.environments)) {
    if (isInDocument(old, now)) record((now ?? old)?.id ?? null, 'environments_environment');
    if (old && now && old.isCreating && !now.isCreating) record(now.id, 'seeding_finished');
    if (old && !old.isDeleted && (!now || now.isDeleted || now.apiKey !== old.apiKey))
      retiredKeys.push({ environmentId: old.id, apiKey: old.apiKey });
  }
  for (const [old, now] of changed(before.features, after.features)) {
    if (old && now && old.isCreating && !now.isCreating) record(null, 'seeding_finished');
    if (hasNet) record(null, 'features_feature', NET_DELAY_MS);
  }
  if (hasNet) {
    const states = changed(before.featureStates, after.featureStates);
    const environmentIds = new Set(states.map(([old, now]) => (now ?? old)?.environmentId ?? null));
    for (const environmentId of environmentIds) record(environmentId, 'features_featurestate', NET_DELAY_MS);
    if (before.options !== after.options) record(null, 'multivariate_option', NET_DELAY_MS);
  }
  return { outbox, retiredKeys };
}

const isInDocument = (old: Environment | undefined, now: Environment | undefined): boolean =>
  old?.name !== now?.name || old?.apiKey !== now?.apiKey || old?.isDeleted !== now?.isDeleted;

function changed<Row extends { id: number }>(
  before: readonly Row[],
  after: readonly Row[],
): [Row | undefined, Row | undefined][] {
  if (before === after) return [];
  const old = new Map(before.map((row) => [row.id, row]));
  const pairs: [Row | undefined, Row | undefined][] = [];
  for (const row of after) {
    const its = old.get(row.id);
    old.delete(row.id);
    if (its !== row) pairs.push([its, row]);
  }
  return [...pairs, ...[...old.values()].map((row): [Row, undefined] => [row, undefined])];
}

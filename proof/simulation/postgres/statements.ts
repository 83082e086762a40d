import { createHash } from 'node:crypto';
import { EPOCH_MS, parseUtcText, utcText } from '../virtualTime.js';
import type { Effect, SnapshotView, Transaction } from './server.js';
import {
  type Environment,
  isPaused,
  isProjectWide,
  liveEnvironment,
  liveFeatureStates,
  type OutboxRow,
  type State,
} from './state.js';
import { parameters, type Statement, textOf } from './statement.js';

/** What a statement works with. */
export interface Surroundings {
  state: State;
  /** `clock_timestamp()` */
  nowMs: number;
  snapshot: SnapshotView;
  transaction: Transaction;
  nextRowId: () => number;
  /** Seeding flags, and what is inferred, can be seen. */
  showsSeeding: boolean;
}

export interface Answer {
  rows: object[];
  /** Somebody holds a row that it has to lock: to be sent again. */
  isBlocked?: boolean;
}

type Meaning = (values: readonly unknown[], surroundings: Surroundings) => Answer;

/**
 * What the statements of the product mean, by words that only they have. A statement that is not among them, as after a
 * change of the product, makes the simulation fail.
 */
const MEANINGS: [RegExp, Meaning][] = [
  // src/db/snapshot.ts
  [/^SHOW in_hot_standby/, () => rows({ in_hot_standby: 'off' })],
  [/FROM pg_current_snapshot\(\) AS snapshot$/, readMoment],
  [/^SET LOCAL synchronous_commit = on$/, () => rows()],
  [/^SELECT epoch FROM document_sync.epoch FOR UPDATE$/, lockEpoch],
  [/UPDATE document_sync.epoch SET epoch = epoch \+ 1/, beginEpoch],
  // src/db/seedingRows.ts
  [/AS "creatingFeatureIds"/, readFlags],
  [/AS "missingOptionValues"/, readYoungPairs],
  [/young_segment AS/, readYoungCompounds],
  // src/db/environmentRows
  [/EXISTS \(SELECT FROM public.organisations_subscription/, readEnvironment],
  [/fs.mv_hashing_salt AS "mvHashingSalt"/, readFeatureStates],
  [/mvv.percentage_allocation AS "percentageAllocation"/, readMultivariateValues],
  [/^SELECT s.id, s.name, s.feature_id AS "featureId"/, () => rows()],
  [/SELECT id, type, segment_id AS "segmentId", rule_id AS "ruleId" FROM rules$/, () => rows()],
  [/SELECT c.id, c.rule_id AS "ruleId"/, () => rows()],
  [/^SELECT 'amplitude' AS kind/, () => rows()],
  // src/db/scheduledChanges.ts, pausedSyncs.ts, retiredKeys.ts, sources.ts
  [/AS "nextLiveFrom"/, readScheduled],
  [/FROM document_sync.paused_sync WHERE project_id IS NULL OR project_id =/, readPause],
  [/^SELECT EXISTS \(SELECT FROM document_sync.retired_key WHERE environment_id = /, hasRetiredKeys],
  [/^INSERT INTO document_sync.retired_key \(environment_id, api_key\)/, retireDeletedKey],
  [/^SELECT environment.deleted_at IS NULL AS "isLive"/, readRetirement],
  [/AS "isInUseAgain"/, readRetiredKeys],
  [/WHERE id = \$ AND deleted_at IS NULL\) AS found$/, isEnvironmentLive],
  [/WHERE api_key = \$ AND deleted_at IS NULL\) AS found$/, isKeyInUse],
  [/^DELETE FROM document_sync.retired_key WHERE id = ANY/, forgetKeys],
  [/^UPDATE document_sync.retired_key SET items_deleted_at/, rememberDeletion],
  [/AS "againInMs" FROM document_sync.retired_key/, readAgainIn],
  [/FROM document_sync.accepted_source \) AS accepted/, () => rows()],
  // src/db/syncRequests.ts
  [/'sync_request', due_at, due_at/, insertSyncRequest],
  [/'sync_request', coalesce/, putChangeBack],
  // src/outbox
  [/AS "isWhole" FROM/, lookAtDue],
  [/^WITH due AS \( SELECT id, project_id, environment_id, due_at/, claimOldest],
  [/AND id <> ALL \(\$::bigint\[\]\)/, claimTheirOthers],
  [/^WITH claimed AS \( SELECT \* FROM document_sync.outbox WHERE project_wide/, expandProjects],
  [/^DELETE FROM document_sync.outbox WHERE id = ANY/, deleteRows],
  [/^UPDATE document_sync.outbox SET attempts = attempts \+ 1/, postponeRows],
];

const known = new WeakMap<TemplateStringsArray, Meaning>();

/** @throws where the product sends what the simulation does not know */
export function meaningOf(statement: Statement): Meaning {
  const { strings } = statement;
  let meaning = known.get(strings);
  if (!meaning) {
    const text = textOf(statement);
    const found = MEANINGS.filter(([words]) => words.test(text));
    if (found.length !== 1) throw new Error(`${found.length} meanings are known of the statement: ${text}`);
    meaning = (found[0] as [RegExp, Meaning])[1];
    known.set(strings, meaning);
  }
  return meaning;
}

export const execute = (statement: Statement, surroundings: Surroundings): Answer =>
  meaningOf(statement)(parameters(statement), surroundings);

const rows = (...found: object[]): Answer => ({ rows: found });
const write = ({ transaction }: Surroundings, effect: Effect): void => {
  transaction.write(effect);
};
const found = (is: boolean): Answer => rows({ found: is });

function readMoment(_: readonly unknown[], { nowMs, snapshot: { state, version, timeline } }: Surroundings) {
  return rows({
    source: '7000000000000000001',
    timeline: timeline.toString(16).padStart(8, '0').toUpperCase(),
    version: String(version),
    epoch: state.alive,
    as_of: utcText(nowMs),
  });
}

const EPOCH_ROW = 0;

function lockEpoch(_: readonly unknown[], { transaction, state }: Surroundings): Answer {
  return transaction.lock(EPOCH_ROW) ? rows({ epoch: state.epoch }) : { rows: [], isBlocked: true };
}

function beginEpoch(_: readonly unknown[], surroundings: Surroundings): Answer {
  write(surroundings, (state) =>
    state.alive === null ? { ...state, epoch: state.epoch + 1, alive: state.epoch + 1 } : state,
  );
  return rows();
}

function readFlags([id]: readonly unknown[], { state, showsSeeding }: Surroundings): Answer {
  const environment = liveEnvironment(state, id as number);
  if (!environment) return rows();
  if (!showsSeeding)
    return rows({ usesDynamoDb: true, environmentIsCreating: false, creatingFeatureIds: [] });
  return rows({
    usesDynamoDb: true,
    environmentIsCreating: environment.isCreating,
    creatingFeatureIds: state.features
      .filter((feature) => feature.isCreating && !feature.isDeleted)
      .map((feature) => feature.id),
  });
}

function readYoungPairs(values: readonly unknown[], { state, showsSeeding }: Surroundings): Answer {
  if (!showsSeeding) return rows();
  // As the statement has them: `asOf` first, `youngSince` last.
  const moments = values.filter((value) => typeof value === 'string').map(parseUtcText);
  const [asOf, youngSince] = [moments[0] as number, moments.at(-1) as number];
  const id = values.find((value) => typeof value === 'number');
  const environment = liveEnvironment(state, id as number);
  if (!environment) return rows();
  const young = state.features
    .filter((feature) => !feature.isDeleted)
    .map((feature) => ({ feature, createdMs: Math.max(feature.createdMs, environment.createdMs) }))
    .filter(({ createdMs }) => createdMs > youngSince);
  if (young.length === 0) return rows();
  const live = liveFeatureStates(state, environment.id, asOf);
  return rows(
    ...young.map(({ feature, createdMs }) => {
      const its = live.find(({ row }) => row.featureId === feature.id)?.row;
      const options = state.options.filter((option) => option.featureId === feature.id);
      return {
        featureId: feature.id,
        createdAt: utcText(createdMs),
        hasState: its !== undefined,
        hasValue: its !== undefined && its.value !== null,
        missingOptionValues: its
          ? options.filter(({ id: option }) => !its.optionIds.includes(option)).length
          : 0,
      };
    }),
  );
}

function readYoungCompounds(values: readonly unknown[], { state, showsSeeding }: Surroundings): Answer {
  if (!showsSeeding) return rows();
  const id = values.find((value) => typeof value === 'number');
  const youngSince = parseUtcText(values.find((value) => typeof value === 'string') as string);
  if (!liveEnvironment(state, id as number)) return rows();
  return rows(
    ...state.features
      .filter((feature) => feature.isMultivariate && !feature.isDeleted && feature.createdMs > youngSince)
      .map((feature) => ({
        kind: 'feature',
        id: feature.id,
        createdAt: utcText(feature.createdMs),
        fingerprint: fingerprintOf(state.options.filter((option) => option.featureId === feature.id)),
      })),
  );
}

const fingerprintOf = (parts: object[]): string =>
  createHash('md5').update(JSON.stringify(parts)).digest('hex');

function readEnvironment([id]: readonly unknown[], { state }: Surroundings): Answer {
  const environment = liveEnvironment(state, id as number);
  return environment ? rows(toEnvironmentRow(state, environment)) : rows();
}

const toEnvironmentRow = ({ project }: State, environment: Environment) => ({
  id: environment.id,
  api_key: environment.apiKey,
  name: environment.name,
  updated_at: utcText(environment.createdMs),
  allow_client_traits: true,
  hide_sensitive_data: false,
  hide_disabled_flags: null,
  use_mv_v2_evaluation: true,
  use_identity_overrides_in_local_eval: true,
  is_evaluated: true,
  project_id: project.id,
  project_name: 'project',
  project_hide_disabled_flags: false,
  enable_realtime_updates: false,
  enable_dynamo_db: true,
  identity_overrides_v2_migration_status: project.hasV2Items ? 'COMPLETE' : 'NOT_STARTED',
  organisation_id: project.organisationId,
  organisation_name: 'organisation',
  feature_analytics: false,
  stop_serving_flags: false,
  persist_trait_data: true,
  has_subscription: true,
});

function environmentAndMoment(values: readonly unknown[]): [number, number] {
  const id = values.find((value) => typeof value === 'number') as number;
  return [id, parseUtcText(values.find((value) => typeof value === 'string') as string)];
}

function readFeatureStates(values: readonly unknown[], { state }: Surroundings): Answer {
  const [id, asOfMs] = environmentAndMoment(values);
  return rows(
    ...liveFeatureStates(state, id, asOfMs).map(({ row, firstLiveId }) => {
      const feature = state.features.find((one) => one.id === row.featureId);
      return {
        id: row.id,
        uuid: uuidOf(row.id),
        enabled: row.enabled,
        mvHashingSalt: null,
        featureId: row.featureId,
        featureName: `feature${row.featureId}`,
        featureType: feature?.isMultivariate ? 'MULTIVARIATE' : 'STANDARD',
        isServerKeyOnly: false,
        firstLiveId,
        featureSegmentId: null,
        segmentId: null,
        priority: null,
        valueType: row.value === null ? null : 'unicode',
        booleanValue: null,
        integerValue: null,
        stringValue: row.value,
      };
    }),
  );
}

function readMultivariateValues(values: readonly unknown[], { state }: Surroundings): Answer {
  const [id, asOfMs] = environmentAndMoment(values);
  return rows(
    ...liveFeatureStates(state, id, asOfMs).flatMap(({ row }) =>
      row.optionIds.map((optionId) => ({
        id: row.id * 100 + (optionId % 100),
        uuid: uuidOf(row.id * 100 + (optionId % 100)),
        featureStateId: row.id,
        percentageAllocation: 10,
        optionId,
        optionKey: null,
        valueType: 'unicode',
        booleanValue: null,
        integerValue: null,
        stringValue: `option${optionId}`,
      })),
    ),
  );
}

const uuidOf = (id: number): string => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;

function readScheduled(values: readonly unknown[], { state }: Surroundings): Answer {
  const id = values.find((value) => typeof value === 'number') as number;
  const moments = values.filter((value) => typeof value === 'string').map(parseUtcText);
  const [asOfMs, sinceMs] = [moments[0] as number, moments.at(-1) as number];
  const scheduled = state.featureStates
    .filter((row) => row.environmentId === id && row.liveFromMs > sinceMs)
    .map((row) => row.liveFromMs);
  const ahead = scheduled.filter((liveFromMs) => liveFromMs > asOfMs);
  return rows({
    nextLiveFrom: ahead.length > 0 ? utcText(Math.min(...ahead)) : null,
    wentLive: scheduled.length > ahead.length,
  });
}

function readPause(_: readonly unknown[], { state }: Surroundings): Answer {
  const [pause] = state.pauses;
  return pause ? rows({ projectId: pause.projectId, since: utcText(pause.sinceMs) }) : rows();
}

function hasRetiredKeys([id]: readonly unknown[], { state }: Surroundings): Answer {
  return found(state.retiredKeys.some(({ environmentId }) => environmentId === id));
}

function retireDeletedKey([id]: readonly unknown[], surroundings: Surroundings): Answer {
  const { state, nextRowId } = surroundings;
  const deleted = state.environments.find((environment) => environment.id === id && environment.isDeleted);
  if (!deleted) return rows();
  const { apiKey } = deleted;
  if (state.retiredKeys.some((key) => key.environmentId === id && key.apiKey === apiKey)) return rows();
  const retired = { id: nextRowId(), environmentId: deleted.id, apiKey, itemsDeletedMs: null };
  write(surroundings, (head) => ({ ...head, retiredKeys: [...head.retiredKeys, retired] }));
  return rows();
}

function readRetirement([id]: readonly unknown[], { state }: Surroundings): Answer {
  const environment = state.environments.find((one) => one.id === id);
  return environment ? rows({ isLive: !environment.isDeleted, usesDynamoDb: true }) : rows();
}

function readRetiredKeys([againAfterMs, id]: readonly unknown[], { state, nowMs }: Surroundings): Answer {
  return rows(
    ...state.retiredKeys
      .filter(({ environmentId }) => environmentId === id)
      .map((key) => ({
        id: String(key.id),
        apiKey: key.apiKey,
        isInUseAgain: liveEnvironment(state, key.environmentId)?.apiKey === key.apiKey,
        isDueAgain: key.itemsDeletedMs !== null && key.itemsDeletedMs <= nowMs - (againAfterMs as number),
      })),
  );
}

function isEnvironmentLive([id]: readonly unknown[], { state }: Surroundings): Answer {
  return found(liveEnvironment(state, id as number) !== undefined);
}

function isKeyInUse([apiKey]: readonly unknown[], { state }: Surroundings): Answer {
  return found(
    state.environments.some((environment) => environment.apiKey === apiKey && !environment.isDeleted),
  );
}

function forgetKeys([ids]: readonly unknown[], surroundings: Surroundings): Answer {
  const forgotten = new Set(ids as string[]);
  if (forgotten.size > 0)
    write(surroundings, (state) => ({
      ...state,
      retiredKeys: state.retiredKeys.filter(({ id }) => !forgotten.has(String(id))),
    }));
  return rows();
}

function rememberDeletion([ids]: readonly unknown[], surroundings: Surroundings): Answer {
  const deleted = new Set(ids as string[]);
  const { nowMs } = surroundings;
  if (deleted.size > 0)
    write(surroundings, (state) => ({
      ...state,
      retiredKeys: state.retiredKeys.map((key) =>
        deleted.has(String(key.id)) && key.itemsDeletedMs === null ? { ...key, itemsDeletedMs: nowMs } : key,
      ),
    }));
  return rows();
}

function readAgainIn([againAfterMs, id]: readonly unknown[], { state, nowMs }: Surroundings): Answer {
  const its = state.retiredKeys.filter(({ environmentId }) => environmentId === id);
  if (its.length === 0) return rows();
  const last = Math.max(...its.map(({ itemsDeletedMs }) => itemsDeletedMs ?? nowMs));
  return rows({ againInMs: Math.max(1, Math.ceil((againAfterMs as number) + last - nowMs)) });
}

function insertSyncRequest(values: readonly unknown[], surroundings: Surroundings): Answer {
  const [environmentId] = values as [number];
  const dueAt = values.at(-1) as string | null;
  const dueMs = dueAt === null ? surroundings.nowMs : Date.parse(`${dueAt}Z`) - EPOCH_MS;
  return insertOutboxRow(surroundings, { environmentId, changedMs: dueMs, dueMs });
}

function putChangeBack(values: readonly unknown[], surroundings: Surroundings): Answer {
  const [environmentId] = values as [number];
  const changedAt = values.at(-1) as string | null;
  const { nowMs } = surroundings;
  const changedMs = changedAt === null ? nowMs : parseUtcText(changedAt);
  return insertOutboxRow(surroundings, { environmentId, changedMs, dueMs: nowMs });
}

function insertOutboxRow(
  surroundings: Surroundings,
  row: Pick<OutboxRow, 'environmentId' | 'changedMs' | 'dueMs'>,
): Answer {
  const inserted = {
    ...row,
    id: surroundings.nextRowId(),
    source: 'sync_request',
    attempts: 0,
    expanded: false,
  };
  write(surroundings, (state) => ({ ...state, outbox: [...state.outbox, inserted] }));
  return rows();
}

function lookAtDue(values: readonly unknown[], { state, nowMs }: Surroundings): Answer {
  const projectWide = values[0] as boolean;
  const due = dueRows(state, nowMs).filter((row) => isProjectWide(row) === projectWide);
  if (due.length === 0 || isPaused(state)) return rows();
  const { id, organisationId } = state.project;
  const isWhole = due.some(({ environmentId }) => environmentId === null);
  return rows({ projectId: id, organisationId, isWhole });
}

const dueRows = ({ outbox }: State, nowMs: number): OutboxRow[] =>
  outbox.filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs || a.id - b.id);

function claimOldest(values: readonly unknown[], surroundings: Surroundings): Answer {
  const { state, nowMs, transaction } = surroundings;
  const projectWide = values[0] as boolean;
  const environments = values.at(-1) as number;
  if (isPaused(state)) return rows();
  const oldest = new Map<number, OutboxRow>();
  for (const row of dueRows(state, nowMs))
    if (isProjectWide(row) === projectWide && row.environmentId !== null && !oldest.has(row.environmentId))
      oldest.set(row.environmentId, row);
  const claimed = [...oldest.values()].filter(({ id }) => transaction.lock(id)).slice(0, environments);
  return rows(
    ...claimed.map((row) => ({ ...toClaimed(state, row), organisationId: state.project.organisationId })),
  );
}

function claimTheirOthers(values: readonly unknown[], { state, nowMs, transaction }: Surroundings): Answer {
  const [environmentIds, oldest] = values.filter((value) => Array.isArray(value)) as [number[], string[]];
  const claimed = dueRows(state, nowMs).filter(
    ({ id, environmentId }) =>
      environmentId !== null &&
      environmentIds.includes(environmentId) &&
      !oldest.includes(String(id)) &&
      transaction.lock(id),
  );
  return rows(...claimed.map((row) => toClaimed(state, row)));
}

const toClaimed = ({ project }: State, { id, environmentId, source, changedMs }: OutboxRow) => ({
  id: String(id),
  projectId: project.id,
  environmentId,
  source,
  changedAt: utcText(changedMs),
});

function expandProjects(_: readonly unknown[], surroundings: Surroundings): Answer {
  const { state, nowMs, transaction, nextRowId } = surroundings;
  if (isPaused(state)) return rows();
  const claimed = dueRows(state, nowMs).filter(
    ({ id, environmentId }) => environmentId === null && transaction.lock(id),
  );
  if (claimed.length === 0) return rows();
  const ids = new Set(claimed.map(({ id }) => id));
  const inserted = state.environments
    .filter(({ isDeleted }) => !isDeleted)
    .flatMap((environment) =>
      [true, false].flatMap((isEnd): OutboxRow[] => {
        const changes = claimed.filter(({ source }) => (source === 'seeding_finished') === isEnd);
        if (changes.length === 0) return [];
        return [
          {
            id: nextRowId(),
            environmentId: environment.id,
            source: changes.map(({ source }) => source).sort()[0] as string,
            changedMs: Math.min(...changes.map(({ changedMs }) => changedMs)),
            dueMs: Math.min(...changes.map(({ dueMs }) => dueMs)),
            attempts: 0,
            expanded: true,
          },
        ];
      }),
    );
  write(surroundings, (head) => ({
    ...head,
    outbox: [...head.outbox.filter(({ id }) => !ids.has(id)), ...inserted],
  }));
  return rows();
}

function deleteRows([ids]: readonly unknown[], surroundings: Surroundings): Answer {
  const deleted = new Set(ids as string[]);
  write(surroundings, (state) => ({
    ...state,
    outbox: state.outbox.filter(({ id }) => !deleted.has(String(id))),
  }));
  return rows();
}

function postponeRows(values: readonly unknown[], surroundings: Surroundings): Answer {
  const [longestS, ids] = values as [number, string[]];
  const { nowMs } = surroundings;
  write(surroundings, (state) => ({
    ...state,
    outbox: state.outbox.map((row) =>
      ids.includes(String(row.id))
        ? {
            ...row,
            attempts: row.attempts + 1,
            dueMs: nowMs + Math.min(2 ** Math.min(row.attempts, 10), longestS) * 1_000,
          }
        : row,
    ),
  }));
  return rows();
}

import { orderOf } from '../../src/dynamo/unlessNewer.js';
import { check } from '../checker/check.js';
import { type Findings, sumFindings } from '../checker/findings.js';
import type { CommittedState } from '../checker/history.js';
import type { Observation } from '../checker/observations.js';
import { contentOfItem, contentOfRows } from './content.js';
import { type Change, type DynamoTables, TABLES } from './dynamo/tables.js';
import type { State } from './postgres/state.js';

/** Writes down what PostgreSQL commits and what DynamoDB shows, for the checker. */
export class Witness {
  readonly #histories = new Map<number, CommittedState[]>();
  /** By table and environment. */
  readonly #observations = new Map<string, Observation[]>();
  #flaggedStates = 0;
  #halfMadeStates = 0;

  get halvesSeen(): { flagged: number; halfMade: number } {
    return { flagged: this.#flaggedStates, halfMade: this.#halfMadeStates };
  }

  /** @param nowMs something may have gone live by itself by then */
  committed(state: State, nowMs: number): void {
    const isFeatureFlagged = state.features.some(({ isCreating, isDeleted }) => isCreating && !isDeleted);
    for (const environment of state.environments) {
      const { id, apiKey, isCreating, isDeleted } = environment;
      const history = entry(this.#histories, id);
      const seen: CommittedState = isDeleted
        ? { content: null, flagged: false, halfMade: false, key: null }
        : {
            content: contentOfRows(state, environment, nowMs),
            flagged: isCreating || isFeatureFlagged,
            halfMade: state.halfMade.some((half) => half.environmentId === null || half.environmentId === id),
            key: apiKey,
          };
      if (isSame(history.at(-1), seen)) continue;
      if (seen.flagged) this.#flaggedStates++;
      if (seen.halfMade) this.#halfMadeStates++;
      history.push(seen);
    }
  }

  /** An item of another environment is nothing to the one that had the key before. */
  changed({ table, key, item, before }: Change, atMs: number): void {
    const environmentId = Number(item?.['id']?.N);
    const formerId = Number(before?.['id']?.N);
    if (before && formerId !== environmentId)
      entry(this.#observations, `${table}/${formerId}`).push({ key, content: null, order: null, atMs });
    if (!item) return;
    entry(this.#observations, `${table}/${environmentId}`).push({
      key,
      content: contentOfItem(item),
      order: orderOf(item)?.order ?? null,
      atMs,
    });
  }

  /** @param tables as they are now that everything is quiet */
  findings(tables: DynamoTables, { hasV2Items }: { hasV2Items: boolean }): Findings {
    return sumFindings(
      [...this.#histories].flatMap(([id, history]) => {
        const v1 = this.#findingsOf(tables, TABLES.v1, id, history);
        if (!hasV2Items) return [v1];
        const byId = history.map((state) => ({ ...state, key: state.key === null ? null : String(id) }));
        return [v1, this.#findingsOf(tables, TABLES.v2, id, byId)];
      }),
    );
  }

  #findingsOf(tables: DynamoTables, table: string, id: number, history: CommittedState[]): Findings {
    const observations = this.#observations.get(`${table}/${id}`) ?? [];
    const keys = new Set([...history, ...observations].map(({ key }) => key));
    const finalReadings = new Map<string, string | null>();
    for (const key of keys) {
      if (key === null) continue;
      const item = tables.reading(table, key);
      finalReadings.set(key, item?.['id']?.N === String(id) ? contentOfItem(item) : null);
    }
    return check(history, observations, { finalReadings });
  }

  /** What the checker was given, for a person. */
  describe(): string[] {
    return [...this.#histories].flatMap(([id, history]) => [
      `environment ${id}, as committed:`,
      ...history.map(
        ({ key, content, flagged, halfMade }, i) =>
          `  ${i}: ${key === null ? 'deleted' : content}${flagged ? ' (flag up)' : ''}${halfMade ? ' (half-made)' : ''}`,
      ),
    ]);
  }
}

function entry<Key, Value>(map: Map<Key, Value[]>, key: Key): Value[] {
  let values = map.get(key);
  if (!values) {
    values = [];
    map.set(key, values);
  }
  return values;
}

const isSame = (a: CommittedState | undefined, b: CommittedState): boolean =>
  a?.content === b.content && a.flagged === b.flagged && a.halfMade === b.halfMade && a.key === b.key;

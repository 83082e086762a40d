import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/connect.js';
import { readEnvironmentRows } from '../../src/db/environmentRows.js';
import { inUnorderedSnapshot } from '../../src/db/snapshot.js';
import { buildDocument } from '../../src/document/buildDocument.js';
import { encodeDocument } from '../../src/document/encodeDocument.js';
import { check } from '../checker/check.js';
import { type Findings, sumFindings } from '../checker/findings.js';
import type { CommittedState } from '../checker/history.js';
import { itemText } from './itemText.js';
import type { Place } from './place.js';
import type { TableVersion } from './readable.js';

/**
 * Knows what PostgreSQL committed for one environment: whoever changes it has each commit noted before the next one. Of what
 * a creation workflow commits by itself it notes what it sees; all of that is flagged but the last.
 */
export class Witness {
  readonly states: CommittedState[] = [];
  private readonly keys = new Set<string>();
  private noting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly place: Pick<Place, 'readable' | 'read'>,
    readonly environmentId: number,
    private db: Database,
  ) {}

  /** Reads what is committed now; another database than before is another history of the same environment. */
  note(db = this.db): Promise<CommittedState> {
    this.db = db;
    const noted = this.noting.then(async () => {
      const state = await readState(db, this.environmentId);
      const last = this.states.at(-1);
      if (last?.content !== state.content || last.flagged !== state.flagged || last.key !== state.key)
        this.states.push(state);
      if (state.key !== null) this.keys.add(state.key);
      return state;
    });
    this.noting = noted.catch(() => undefined);
    return noted;
  }

  /** Whether the last that was put is what was committed last, as far as is known, and nothing is left under keys of before. */
  get isConverged(): boolean {
    const state = this.states.at(-1);
    if (!state || state.flagged) return false;
    const { environmentId: id } = this;
    const lastIn = (table: TableVersion, key: string) =>
      this.place.readable.of(table, { id, keys: [key] }).at(-1)?.content ?? null;
    return (
      lastIn('v2', '') === state.content &&
      [...this.keys].every((key) => lastIn('v1', key) === (key === state.key ? state.content : null))
    );
  }

  /** Judges all that was ever readable; to be asked once everything is quiet. */
  async judge(): Promise<Findings> {
    await this.note();
    const readings = await this.readings();
    const id = String(this.environmentId);
    const findings = (['v1', 'v2'] as const).map((table) =>
      check(
        table === 'v1' ? this.states : this.states.map((state) => ({ ...state, key: state.key && id })),
        this.place.readable.of(table, { id: this.environmentId, keys: [...this.keys] }),
        {
          finalReadings: new Map(
            readings
              .filter((reading) => reading.table === table)
              .map(({ key, text }) => [table === 'v1' ? key : id, text]),
          ),
        },
      ),
    );
    return sumFindings(findings);
  }

  private async readings(): Promise<{ table: TableVersion; key: string; text: string | null }[]> {
    const last = [...this.keys].at(-1);
    const ofKeys = await Promise.all(
      [...this.keys].map(async (key) => {
        const { v1, v2 } = await this.place.read({ id: this.environmentId, key });
        const ofFirst = { table: 'v1' as const, key, text: v1 ? itemText(v1) : null };
        return key === last
          ? [ofFirst, { table: 'v2' as const, key, text: v2 ? itemText(v2) : null }]
          : [ofFirst];
      }),
    );
    return ofKeys.flat();
  }
}

/**
 * Resolves with the milliseconds until all are converged; undefined where they are not within the patience. Whatever they
 * converge to is committed by now.
 */
export async function convergence(witnesses: Witness[], patienceMs: number): Promise<number | undefined> {
  const startedAt = performance.now();
  for (const witness of witnesses) await witness.note();
  for (;;) {
    const tookMs = performance.now() - startedAt;
    if (witnesses.every(({ isConverged }) => isConverged)) return tookMs;
    if (tookMs > patienceMs) return undefined;
    await delay(LOOK_EVERY_MS);
  }
}

const LOOK_EVERY_MS = 20;

const readState = (db: Database, environmentId: number): Promise<CommittedState> =>
  inUnorderedSnapshot(db, async (tx, { asOf }) => {
    const [rows, [flag]] = await Promise.all([
      readEnvironmentRows(tx, environmentId, asOf),
      tx<{ flagged: boolean }[]>`
        SELECT environment.is_creating OR EXISTS (
          SELECT FROM features_feature AS feature
          WHERE feature.project_id = environment.project_id AND feature.is_creating AND feature.deleted_at IS NULL
        ) AS flagged
        FROM environments_environment AS environment WHERE id = ${environmentId}`,
    ]);
    if (!rows) return { content: null, flagged: false, halfMade: false, key: null };
    return {
      content: itemText(encodeDocument(buildDocument(rows), 'on').v1),
      flagged: flag?.flagged ?? false,
      halfMade: false,
      key: rows.environment.apiKey,
    };
  });

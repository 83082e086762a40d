import { check } from '../checker/check.js';
import { type Findings, isClean, noFindings, sumFindings } from '../checker/findings.js';
import type { ItemTable, TracedState } from './history/committedStates.js';
import { type ItemPlace, readPlaces } from './reader.js';
import type { Recorded } from './recorder.js';
import type { Stage } from './stage.js';

/** What the checker says of one environment, and what it was told. */
export interface Judgement {
  environmentId: number;
  findings: Findings;
  /** Of each table. */
  evidence: Record<ItemTable, Evidence>;
  /** Clean only because of two commits that were seen in the other order than they were written in. */
  overlapping: boolean;
}

export interface Evidence {
  states: TracedState[];
  observations: readonly Recorded[];
  finalReadings: Map<string, string | null>;
}

const TABLES = ['v1', 'v2'] as const;

/** Holds all that was ever readable of an environment against all that was committed for it. Nothing is under way any more. */
export async function judge(stage: Stage, environmentId: number): Promise<Judgement> {
  await stage.history.catchUp();
  const places = placesOf(stage, environmentId);
  const readings = await readPlaces(stage.dynamo, places);
  const collect = (table: ItemTable, withOverlaps: boolean): Evidence => {
    const own = places.filter((place) => place.table === stage.tables[table]);
    return {
      states: stage.history.statesOf(environmentId, { table, withOverlaps }),
      observations: own
        .flatMap((place) => stage.recorder.recordOf(place.table, place.key))
        .sort((a, b) => a.atMs - b.atMs),
      finalReadings: new Map(own.map((place) => [place.key, readings.get(place) ?? null])),
    };
  };
  const judgements = TABLES.map((table) => {
    const evidence = collect(table, false);
    const findings = checkEvidence(evidence);
    if (!couldBeOrder(findings)) return { evidence, findings, overlapping: false };
    const wider = collect(table, true);
    const again = checkEvidence(wider);
    return isClean(again)
      ? { evidence: wider, findings: again, overlapping: true }
      : { evidence, findings, overlapping: false };
  });
  const [v1, v2] = judgements as [(typeof judgements)[0], (typeof judgements)[0]];
  return {
    environmentId,
    findings: sumFindings(judgements.map(({ findings }) => findings)),
    evidence: { v1: v1.evidence, v2: v2.evidence },
    overlapping: judgements.some(({ overlapping }) => overlapping),
  };
}

/** Under every key that the environment ever had. */
export function placesOf(stage: Stage, environmentId: number): ItemPlace[] {
  const keys = stage.history.keysOf(environmentId);
  return [...keys.map((key) => placeOfKey(stage, key)), placeOfEnvironment(stage, environmentId)];
}

export const placeOfKey = ({ tables }: Stage, key: string): ItemPlace => ({
  ...{ table: tables.v1, key, itemKey: { api_key: { S: key } } },
});

export const placeOfEnvironment = ({ tables }: Stage, environmentId: number): ItemPlace => ({
  table: tables.v2,
  key: String(environmentId),
  itemKey: { environment_id: { S: String(environmentId) }, document_key: { S: '_META' } },
});

/** What never arrived, or came back, is so in whatever order commits were seen. */
const couldBeOrder = ({ partial, stale, unknown }: Findings): boolean => partial + stale + unknown > 0;

const checkEvidence = ({ states, observations, finalReadings }: Evidence): Findings =>
  observations.length === 0 && states.length === 0
    ? noFindings()
    : check(states, [...observations], { finalReadings });

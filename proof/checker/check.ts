import { type FindingKind, type Findings, noFindings } from './findings.js';
import type { CommittedState } from './history.js';
import type { Observation } from './observations.js';

/**
 * Judges all that was ever readable in DynamoDB for one environment by what PostgreSQL committed for it.
 *
 * @param observations of one table
 * @param settled what each key gave once everything was quiet; null: nothing
 */
export function check(
  history: CommittedState[],
  observations: Observation[],
  settled: { finalReadings: Map<string, string | null> },
): Findings {
  const findings = noFindings();
  const find: Find = (kind, detail) => {
    findings[kind]++;
    findings.details.push(`${kind}: ${detail}`);
  };
  const observed = byKey(observations);
  for (const [key, ofKey] of observed) checkReadable(history, key, ofKey, find);
  for (const [key, reading] of settled.finalReadings)
    checkSettled(history, key, reading, observed.get(key) ?? [], find);
  return findings;
}

function byKey(observations: Observation[]): Map<string, Observation[]> {
  const groups = new Map<string, Observation[]>();
  for (const observation of observations) {
    const group = groups.get(observation.key);
    if (group) group.push(observation);
    else groups.set(observation.key, [observation]);
  }
  return groups;
}

type Find = (kind: FindingKind, detail: string) => void;

/**
 * Takes each document for one of the earliest state that it can be of, and that is not before the state of the document
 * it replaced: if documents can be assigned to states without a step back at all, then in this way.
 */
function checkReadable(history: CommittedState[], key: string, ofKey: Observation[], find: Find): void {
  const statesWith = indexByContent(history, key);
  let reached = 0;
  let reachedOrder: string | null = null;
  for (const { content, order, atMs } of ofKey) {
    if (content === null) {
      // Whatever comes now replaces no newer document: it is judged in the end, once the deletion has settled.
      reached = 0;
      reachedOrder = null;
      continue;
    }
    if (order !== null && reachedOrder !== null && order < reachedOrder)
      find('orderFell', `${key} at ${atMs} ms: ${order} replaced ${reachedOrder}`);
    reachedOrder = order ?? reachedOrder;

    const all = statesWith.get(content) ?? [];
    const later = all.filter((index) => index >= reached);
    const unflagged = later.filter((index) => !history[index]?.flagged);
    if (all.length === 0) find('unknown', `${key} at ${atMs} ms: equals no committed state: ${content}`);
    else if (later.length === 0)
      find('stale', `${key} at ${atMs} ms: state ${all.at(-1)} replaced state ${reached}: ${content}`);
    else if (unflagged.length === 0)
      find('partial', `${key} at ${atMs} ms: state ${later[0]} has a seeding flag up: ${content}`);
    else if (unflagged.every((index) => history[index]?.halfMade))
      find('partialUnflagged', `${key} at ${atMs} ms: state ${unflagged[0]} is half-made: ${content}`);
    reached = unflagged[0] ?? later[0] ?? reached;
  }
}

function indexByContent(history: CommittedState[], key: string): Map<string, number[]> {
  const indices = new Map<string, number[]>();
  history.forEach((state, index) => {
    if (state.key !== key || state.content === null) return;
    const known = indices.get(state.content);
    if (known) known.push(index);
    else indices.set(state.content, [index]);
  });
  return indices;
}

function checkSettled(
  history: CommittedState[],
  key: string,
  reading: string | null,
  ofKey: Observation[],
  find: Find,
): void {
  const final = history.at(-1);
  if (final?.key !== key) {
    checkDeleted(key, reading, ofKey, find);
    return;
  }
  // Nothing is written for it, or its seeding has not ended: what was there before stays.
  if (final.content === null || final.flagged || reading === final.content) return;
  const arrived = ofKey.some(({ content }) => content === final.content);
  const instead = reading === null ? 'nothing is readable' : `readable is ${reading}`;
  const since = arrived ? 'was replaced' : 'never arrived';
  find('lost', `${key}: the final state ${history.length - 1} ${since}, ${instead}`);
}

function checkDeleted(key: string, reading: string | null, ofKey: Observation[], find: Find): void {
  if (reading === null) return;
  const wasDeleted = ofKey.some(({ content }) => content === null);
  if (wasDeleted) find('resurrected', `${key}: readable again after its deletion: ${reading}`);
  else find('lost', `${key}: its deletion never arrived, readable is ${reading}`);
}

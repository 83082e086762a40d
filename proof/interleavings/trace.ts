import { itemDifferences } from '../../test/properties/differences.js';
import { isClean } from '../checker/findings.js';
import type { Commit } from '../stage/history/commits.js';
import type { TracedState } from '../stage/history/committedStates.js';
import type { Evidence, Judgement } from '../stage/judge.js';
import type { Recorded } from '../stage/recorder.js';
import type { Plan } from './plan.js';

/** All that is known of an interleaving that went wrong, for people: the plan, and what happened, in order. */
export function traceOf(
  plan: Plan,
  judgements: Judgement[],
  commits: readonly Commit[],
  failed: Map<number, string>,
): string {
  const guilty = judgements.filter(({ findings }) => !isClean(findings));
  return [
    `seed ${plan.seed}: a project on ${plan.on}; its plan once more: npm run interleave -- --runs 1 --seed ${plan.seed}`,
    ...plan.actors.map((actor) => `  ${actor.name}, after ${actor.startMs} ms: ${purposeOf(actor)}`),
    ...guilty.flatMap((judgement) => [
      `environment ${judgement.environmentId}: ${judgement.findings.details.join('; ')}`,
      ...(failed.has(judgement.environmentId)
        ? [`  its last sync failed: ${failed.get(judgement.environmentId) ?? ''}`]
        : []),
      ...(['v1', 'v2'] as const).flatMap((table) => [
        `  table ${table}:`,
        ...linesOf(judgement.evidence[table], commits).map((line) => `    ${line}`),
      ]),
    ]),
  ].join('\n');
}

function purposeOf(actor: Plan['actors'][number]): string {
  if (actor.kind === 'flagsmith') return actor.action.name;
  return actor.kind === 'creation' ? `the product creates: ${actor.creates}` : 'a rebuild';
}

interface Line {
  atMs: number;
  text: string;
}

/** Commits and writes by time; of the former those that changed something for the environment. */
function linesOf({ states, observations, finalReadings }: Evidence, commits: readonly Commit[]): string[] {
  const happened: Line[] = [
    ...states.flatMap((state, i) => stateLines(state, states[i - 1], i, commits)),
    ...observations.flatMap((observation) => writeLines(observation, states)),
  ];
  return [
    ...happened.sort((a, b) => a.atMs - b.atMs).map(({ text }) => text),
    ...[...finalReadings].map(([key, content]) => `in the end ${key} gives ${content ?? 'nothing'}`),
  ];
}

function stateLines(
  state: TracedState,
  before: TracedState | undefined,
  index: number,
  commits: readonly Commit[],
): Line[] {
  const isSame =
    before &&
    (['content', 'key', 'flagged', 'halfMade'] as const).every((name) => state[name] === before[name]);
  if (isSame || !before) return [];
  const { commit } = state;
  const who = commit
    ? `commit ${commits.indexOf(commit) + 1} by ${commit.said ? `${commit.said.actor} (${commit.said.doing})` : 'the product'}`
    : 'time: something went live';
  const marks = [...(state.flagged ? ['flag up'] : []), ...(state.halfMade ? ['half-made'] : [])];
  const what = `state ${index}: ${state.content ?? 'no document'} under ${state.key ?? 'no key'}`;
  return [
    {
      atMs: Date.parse(`${state.at.slice(0, 23).padEnd(23, '0')}Z`),
      text: `${state.at}  ${what}${marks.length > 0 ? ` [${marks.join(', ')}]` : ''}  ← ${who}`,
    },
  ];
}

function writeLines(written: Recorded, states: TracedState[]): Line[] {
  const { atMs, content, key, order, document } = written;
  const at = new Date(atMs).toISOString().slice(0, 23);
  const known = states.flatMap((state, i) => (state.content === content && content !== null ? [i] : []));
  const what =
    content === null
      ? `${key} deleted`
      : `${key} = ${content} (${known.length > 0 ? `state ${known.join(', ')}` : 'no state'}), order ${order ?? 'none'}`;
  const nearest = document && known.length === 0 ? nearestDifferences(document.tree, states) : [];
  return [{ atMs, text: [`${at}     put: ${what}`, ...nearest.map((line) => `      ${line}`)].join('\n') }];
}

const SHOWN = 6;

/** From the state that differs least. */
function nearestDifferences(
  tree: NonNullable<Recorded['document']>['tree'],
  states: TracedState[],
): string[] {
  const candidates = states.flatMap((state, i) =>
    state.tree ? [{ i, differences: itemDifferences('', state.tree, tree) }] : [],
  );
  const [nearest] = candidates.sort((a, b) => a.differences.length - b.differences.length);
  if (!nearest) return [];
  const shown = nearest.differences.slice(0, SHOWN).map((line) => line.slice(0, 200));
  return [`differs from state ${nearest.i} in ${nearest.differences.length} places:`, ...shown];
}

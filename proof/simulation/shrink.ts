import type { Arm } from './arms/arms.js';
import type { Plan } from './plan.js';
import { isFaultless, run } from './run.js';

/** What a plan is changed by, in the form in which the command takes it again. */
export type Simplification = Partial<Omit<Plan, 'seed' | 'parts'>> & { parts?: number[] };

export const simplified = (plan: Plan, { parts, ...changes }: Simplification): Plan => ({
  ...plan,
  ...changes,
  parts: parts ? plan.parts.filter(({ number }) => parts.includes(number)) : plan.parts,
});

const CALMER: Simplification[] = [
  { weather: { late: 0, failing: 0 } },
  { weather: { late: 0.1, failing: 0 } },
  { workers: 1 },
  { workers: 2 },
  { hasV2Items: false },
  { hasNet: false },
  { lateCommits: 0 },
  { rollbacks: 0 },
  { clockAheadMs: 0 },
  { continueAsNewAfter: 1_000 },
  { eventsOfActivation: 1 },
];

/** Leaves out one thing after the other, as long as a fault is still found. */
export async function shrink(plan: Plan, arm: Arm): Promise<Simplification> {
  let kept: Simplification = { parts: plan.parts.map(({ number }) => number) };
  const isFound = async (tried: Simplification) => !isFaultless(await run(simplified(plan, tried), arm));
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const number of kept.parts ?? []) {
      const tried = { ...kept, parts: (kept.parts ?? []).filter((one) => one !== number) };
      if (!(await isFound(tried))) continue;
      kept = tried;
      isSmaller = true;
    }
  }
  for (const calmer of CALMER) {
    const tried = { ...calmer, ...kept };
    if (Object.keys(tried).length > Object.keys(kept).length && (await isFound(tried))) kept = tried;
  }
  return kept;
}

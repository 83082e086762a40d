import type { Arm } from './arms/arms.js';
import { type Plan, planOf } from './plan.js';
import { isFaultless, run, type RunResult } from './run.js';
import { shrink, type Simplification, simplified } from './shrink.js';
import { replaceClocks } from './virtualTime.js';

/**
 * Runs one seed and prints each of its steps.
 *
 * @returns whether a fault was found
 */
export async function repeat(
  seed: number,
  { arm, plan: changes = {} }: { arm: Arm; plan?: Simplification },
): Promise<boolean> {
  replaceClocks();
  const result = await printRun(simplified(planOf(seed), changes), arm);
  return !isFaultless(result);
}

/** Looks for less that shows the fault too, prints it, and how to see it again. */
export async function repeatShrunk(seed: number, arm: Arm): Promise<void> {
  replaceClocks();
  const changes = await shrink(planOf(seed), arm);
  console.log(`\nSeed ${seed}, as little of it as still shows a fault:\n`);
  await printRun(simplified(planOf(seed), changes), arm);
  const armOption = arm.name === 'product' ? '' : ` --arm ${arm.name}`;
  console.log(`\nAgain: npm run simulate -- --only ${seed}${armOption} --plan '${JSON.stringify(changes)}'`);
}

async function printRun(plan: Plan, arm: Arm): Promise<RunResult> {
  const { parts, ...rest } = plan;
  console.log(`Plan: ${JSON.stringify(rest)}`);
  for (const { number, kind, startsMs } of parts) console.log(`  part ${number}: ${kind} at ${startsMs} ms`);
  console.log('');
  const result = await run(plan, arm, (atMs, owner, what) => {
    console.log(`${String(atMs).padStart(8)} ms  ${owner}: ${what}`);
  });
  console.log(`\n${result.history.join('\n')}`);
  const found = [...result.findings.details, ...result.failures];
  console.log(found.length > 0 ? `\nFound:\n  ${found.join('\n  ')}` : '\nNo fault was found.');
  return result;
}

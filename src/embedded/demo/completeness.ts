import { setTimeout as delay } from 'node:timers/promises';
import { documentHash } from '../../document/documentHash.js';
import { encodeDocument } from '../../document/encodeDocument.js';
import { expectedContents, type FeatureContent, whatLacks } from './contents.js';
import { documentNow, storedDocument, storedV2Item } from './documents.js';
import type { Stage } from './stage.js';

const COMPLETE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

export interface Counts {
  environments: number;
  features: number;
  values: number;
  variants: number;
}

/**
 * Resolves once DynamoDB holds every environment's document as PostgreSQL has it now, checked in two ways: its items are
 * those that would be written of the rows, and what is in them was counted.
 *
 * @throws naming environment and difference if that does not come to pass
 */
export async function untilComplete(stage: Stage, projectId: number, signal: AbortSignal): Promise<Counts> {
  const environments = await stage.db<{ id: number; name: string }[]>`
    SELECT id, name FROM public.environments_environment
    WHERE project_id = ${projectId} AND deleted_at IS NULL ORDER BY id`;
  const expected = await expectedContents(stage.db, projectId);
  const deadline = Date.now() + COMPLETE_WITHIN_MS;
  for (const { id, name } of environments) {
    for (let problem; (problem = await problemOf(stage, id, expected)) !== undefined;) {
      if (Date.now() > deadline) throw new Error(`The document of ${name} is not complete: ${problem}.`);
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
  }
  return {
    environments: environments.length,
    features: expected.length,
    values: expected.filter(({ hasValue }) => hasValue).length,
    variants: variantsIn(expected),
  };
}

async function problemOf(
  stage: Stage,
  environmentId: number,
  expected: FeatureContent[],
): Promise<string | undefined> {
  const stored = await storedDocument(stage, environmentId);
  const storedV2 = await storedV2Item(stage, environmentId);
  if (!stored || !storedV2) return 'there is no item';
  const { contents } = stored;
  const lacking = whatLacks(contents, expected);
  if (lacking.length > 0) return `it lacks ${lacking.join(', ')}`;
  if (contents.length !== expected.length)
    return `it has ${contents.length} features, not ${expected.length}`;
  if (variantsIn(contents) !== variantsIn(expected)) return 'it has more variants than there are';

  const { v1, v2 } = encodeDocument(await documentNow(stage, environmentId), 'off');
  if (documentHash(stored.item) !== documentHash(v1)) return 'its item is not what PostgreSQL holds';
  if (documentHash(storedV2) !== documentHash(v2)) return 'its v2 item is not what PostgreSQL holds';
  return undefined;
}

const variantsIn = (contents: FeatureContent[]) => contents.reduce((sum, { variants }) => sum + variants, 0);

import assert from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoItem } from '../../src/document/attributeValue.js';
import { readScenario, type ScenarioEnvironment } from '../document/scenarios.js';
import type { TestSystem } from '../support/system.js';
import { createWriter, storedItems } from '../support/writer.js';

/** An item as our write left it in the table, and the one that Flagsmith wrote for the same rows. */
export interface Pair {
  what: string;
  environmentId: number;
  compressed: boolean;
  ours: DynamoItem;
  flagsmiths: DynamoItem;
}

/** Writes the environments in both forms and reads the items back, of each table that Flagsmith wrote to. */
export async function writtenPairs(
  system: TestSystem,
  scenario: string,
  environmentIds: number[],
): Promise<Pair[]> {
  const recorded = readScenario(scenario).environments;
  const pairs: Pair[] = [];
  for (const id of environmentIds) {
    const environment = recorded.find(({ environment_id }) => environment_id === id);
    assert.ok(environment, `${scenario} has no environment ${id}`);
    for (const compressed of [false, true])
      pairs.push(...(await writtenInOneForm(system, environment, compressed)));
  }
  return pairs;
}

async function writtenInOneForm(
  system: TestSystem,
  environment: ScenarioEnvironment,
  compressed: boolean,
): Promise<Pair[]> {
  const { environment_id: environmentId } = environment;
  const writer = createWriter(system, { compression: compressed ? 'on' : 'off' });
  assert.equal((await writer.write({ environmentId })).outcome, 'written');
  const ours = await storedItems(system, environmentId);
  return (['v1', 'v2'] as const).flatMap((version) => {
    const flagsmiths = environment[compressed ? (`${version}_compressed` as const) : version];
    const what = `${compressed ? 'compressed' : 'plain'} ${version} item of ${environmentId}`;
    assert.equal(ours[version] !== undefined, flagsmiths !== null, what);
    if (!flagsmiths) return [];
    return [{ what, environmentId, compressed, ours: ours[version]!, flagsmiths: withBytes(flagsmiths) }];
  });
}

/** Recorded items are JSON: their binaries are texts, and only attributes of the item itself are binary. */
const withBytes = (recorded: Record<string, unknown>): DynamoItem =>
  Object.fromEntries(
    Object.entries(recorded as DynamoItem).map(([name, value]: [string, AttributeValue]) => [
      name,
      value.B === undefined ? value : { B: Buffer.from(value.B as unknown as string, 'base64') },
    ]),
  );

import { setTimeout as delay } from 'node:timers/promises';
import { expectedContents, whatLacks } from '../contents.js';
import { storedDocument } from '../documents.js';
import type { Narrator } from '../narrate.js';
import type { Stage } from '../stage.js';

const EVENT_FIELDS = ['event', 'environment__id', 'feature_states__count', 'document__bytes', 'lag__ms'];
const LOGGED_WITHIN_MS = 1_000;

/** Reads the environment's item back and says what is in it, with what the worker logged of its write. */
export async function tellResult(
  stage: Stage,
  narrator: Narrator,
  environmentId: number,
  projectId: number,
): Promise<void> {
  const stored = await storedDocument(stage, environmentId);
  const expected = await expectedContents(stage.db, projectId);
  if (!stored) throw new Error('No item was written.');
  const lacking = whatLacks(stored.contents, expected);
  if (lacking.length > 0) throw new Error(`The document that was written lacks ${lacking.join(', ')}.`);

  const variants = stored.contents.reduce((sum, feature) => sum + feature.variants, 0);
  narrator.line();
  narrator.good(
    `Read back: ${stored.contents.length} of ${expected.length} features, all their values, ${variants} variants; ${stored.bytes} bytes`,
  );
  narrator.line(`document_sync.order  ${stored.order} (nothing read earlier can replace it)`);
  narrator.line(`the worker logged    ${await writtenEvent(stage, environmentId)}`);
}

/** The last one logged for the environment, without the fields that Temporal adds. */
async function writtenEvent(stage: Stage, environmentId: number): Promise<string> {
  const deadline = Date.now() + LOGGED_WITHIN_MS;
  for (;;) {
    const event = (await stage.worker.log())
      .split('\n')
      .filter((line) => line.includes('"environment_document.written"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['environment__id'] === environmentId)
      .at(-1);
    if (event) return JSON.stringify(event, EVENT_FIELDS);
    // A worker killed between the put and its log line leaves none.
    if (Date.now() > deadline) return 'nothing: it was killed right after the write';
    await delay(50);
  }
}

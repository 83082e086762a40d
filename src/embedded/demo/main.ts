import { once } from 'node:events';
import { Command } from 'commander';
import { type Interruption, receiveInterruption } from './interruption.js';
import { createNarrator, type Narrator } from './narrate.js';
import { showLinks } from './links.js';
import { show } from './show.js';
import { setStage, type Stage } from './stage.js';

/** The show takes a quarter of a minute; a killed worker costs up to half a minute each time. */
const SHOW_WITHIN_MS = 120_000;
const LOG_LINES_SHOWN = 20;

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const program = new Command('npm run demo --')
  .description(
    'Shows the race between seeding and writing an environment document, and the sync that closes it, ' +
      'on real servers of its own: PostgreSQL, a DynamoDB-compatible server, Temporal with its web UI.',
  )
  .option('--exit', 'end after the show; so it does with CI set, or without a terminal')
  .addHelpText(
    'after',
    `
Ends with status 0 if every document was complete, and none was written before; otherwise with 1.
TEMPORAL_ADDRESS=host:port uses a Temporal server that runs already.

Examples:
  npm run demo              stays up for you to look around, until Ctrl-C
  npm run demo -- --exit    ends after the show
  CI=true npm run demo      the same`,
  );
program.parse();
const { exit = false } = program.opts<{ exit?: boolean }>();
const staysUp = process.stdout.isTTY && !exit && !process.env['CI'];

const interruption = receiveInterruption();
const narrator = createNarrator(process.stdout, process.env);
process.exit(await perform(narrator, interruption));

/** Gives the exit status. Everything that was started has stopped then. */
async function perform(narrator: Narrator, interruption: Interruption): Promise<number> {
  const { signal } = interruption;
  const over = new AbortController();
  let stage: Stage | undefined;
  try {
    narrator.heading('1. What runs here');
    stage = await setStage(narrator, signal);
    const playing = playInTime(stage, narrator, over.signal);
    const environmentId = await Promise.race([playing, stage.worker.failed(), aborted(signal)]);
    if (!staysUp) {
      narrator.line();
      narrator.line('Run on a terminal, the demo stays up then, with links to look around.');
      return 0;
    }
    narrator.heading('6. Look around');
    showLinks(stage, narrator, environmentId);
    narrator.line();
    narrator.line('Everything stays up until Ctrl-C.');
    await Promise.race([stage.worker.failed(), aborted(signal).catch(() => undefined)]);
    return 0;
  } catch (error) {
    if (signal.aborted) return interruption.status();
    await tellFailure(error, stage);
    return 1;
  } finally {
    over.abort();
    narrator.stopClock();
    if (signal.aborted) narrator.line('Stopping …');
    await stage?.stop();
  }
}

async function playInTime(stage: Stage, narrator: Narrator, signal: AbortSignal): Promise<number> {
  const tooLong = AbortSignal.timeout(SHOW_WITHIN_MS);
  const playing = show(stage, narrator, AbortSignal.any([signal, tooLong]));
  const ended = once(tooLong, 'abort').then(() => {
    throw new Error(`The show took longer than ${SHOW_WITHIN_MS / 1_000} s.`);
  });
  return await Promise.race([playing, ended]);
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

async function tellFailure(error: unknown, stage: Stage | undefined): Promise<void> {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  const log = (await stage?.worker.log())?.trimEnd().split('\n').slice(-LOG_LINES_SHOWN) ?? [];
  if (log.length > 0) console.error(`The worker logged last:\n    ${log.join('\n    ')}`);
}

import { readdirSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { PaperCommand } from './commands.js';

/** All of it, whose commands do nothing when they are run. */
export async function loadCommandLine(): Promise<Command> {
  const envsync = new Command('envsync');
  for (const file of readdirSync('src/cli').filter((file) => file.endsWith('.ts') && file !== 'main.ts')) {
    const module = (await import(`../../src/cli/${file.replace('.ts', '.js')}`)) as Record<string, unknown>;
    for (const part of Object.values(module)) if (part instanceof Command) envsync.addCommand(part);
  }
  doNothing(envsync);
  return envsync;
}

function doNothing(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  command.commands.forEach(doNothing);
}

const INCOMPLETE = ['commander.missingArgument', 'commander.missingMandatoryOptionValue', 'commander.help'];

/** What `envsync` says against the command, if anything. */
export async function refusal(
  envsync: Command,
  { words, isMention }: PaperCommand,
): Promise<string | undefined> {
  try {
    await envsync.parseAsync(words.slice(1), { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isFine = error.code === 'commander.helpDisplayed' || (isMention && INCOMPLETE.includes(error.code));
    return isFine ? undefined : error.message;
  }
}

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { loadCommandLine, refusal } from './commandLine.js';
import { type PaperCommand, readCommands, readPapers } from './commands.js';
import { unknownToTemporal } from './temporalNames.js';

/** What no test here runs, by the reason: how each begins, flags left out. */
const NOT_RUN_HERE: Record<string, string[]> = {
  'takes a Temporal server; test/operating runs those of docs/operating.md': [
    ...['schedule describe', 'schedule toggle', 'schedule trigger', 'schedule update'],
    ...['workflow cancel', 'workflow describe', 'workflow execute', 'workflow list', 'workflow query'],
    ...['workflow signal', 'workflow start', 'operator search-attribute create', 'task-queue describe'],
    ...['worker deployment describe', 'worker deployment set-current-version'],
  ].map((command) => `temporal ${command}`),
  'takes a Docker engine': ['build', 'push', 'compose down', 'compose exec', 'compose run', 'compose up'].map(
    (command) => `docker ${command}`,
  ),
  'takes a cluster; test:deploy renders the chart': [
    ...['helm install', 'helm rollback', 'helm template', 'helm uninstall', 'helm upgrade'],
    ...['kubectl create secret', 'kubectl exec', 'kubectl rollout restart', 'kubectl rollout status'],
  ],
  'takes an account of AWS': ['create-table', 'delete-table', 'scan'].map(
    (command) => `aws dynamodb ${command}`,
  ),
  "takes Flagsmith's database": ['psql'],
};
/** npm's own, beside the scripts of package.json. */
const NPM_COMMANDS = ['ci'];

const commands = readPapers().flatMap(readCommands);

/** What is wrong with commands that begin so; fails where there is none to look at. */
async function problemsOf(
  programs: string[],
  problemOf: (command: PaperCommand) => string | undefined | Promise<string | undefined>,
): Promise<string[]> {
  const given = commands.filter(({ words: [program = ''] }) => programs.includes(program));
  assert.ok(given.length > 0, 'There is none.');
  const problems = [];
  for (const command of given) {
    const problem = await problemOf(command);
    if (problem !== undefined) problems.push(`${command.paper}: ${command.text}: ${problem}`);
  }
  return problems;
}

describe('The commands in README and docs', () => {
  it('of envsync are taken by the command line, with their arguments and flags', async () => {
    const envsync = await loadCommandLine();
    assert.deepEqual(await problemsOf(['envsync'], (command) => refusal(envsync, command)), []);
  });

  it('of npm are scripts of package.json, and have the flags that are given', async () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const problemOf = ({ words: [, first = '', ...others] }: PaperCommand) => {
      if (NPM_COMMANDS.includes(first)) return undefined;
      const [name = '', ...given] = first === 'run' ? others : [first, ...others];
      const script = scripts[name];
      return script === undefined ? `no script ${name}` : unknownIn(sourcesOf(script), name, given);
    };
    assert.deepEqual(await problemsOf(['npm'], problemOf), []);
  });

  it('of npx and bash name files that are there', async () => {
    const problemOf = ({ words }: PaperCommand) => {
      const missing = words.filter((word) => /[./]/.test(word) && !isThere(word));
      return missing.length > 0 ? `no ${missing.join(', ')}` : undefined;
    };
    assert.deepEqual(await problemsOf(['npx', 'bash'], problemOf), []);
  });

  it('of temporal name workflows, signals, queries, search attributes and task queues that are there', async () => {
    assert.deepEqual(await problemsOf(['temporal'], unknownToTemporal), []);
  });

  it('of docker compose name services and profiles of the file', async () => {
    const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
      services: Record<string, { profiles?: string[] }>;
    };
    const profiles = Object.values(services).flatMap(({ profiles: its = [] }) => its);
    const problemOf = ({ words }: PaperCommand) => {
      const [, program, command = '', service = ''] = words.filter((word) => !word.startsWith('-'));
      if (program !== 'compose') return undefined;
      const [, profile] = /--profile=(\S+)/.exec(words.join(' ')) ?? [];
      if (profile !== undefined && !profiles.includes(profile)) return `no profile ${profile}`;
      return ['exec', 'run'].includes(command) && !(service in services)
        ? `no service ${service}`
        : undefined;
    };
    assert.deepEqual(await problemsOf(['docker'], problemOf), []);
  });

  it('are all looked at here, or listed as not run with the reason', () => {
    const isLookedAt = ({ words: [program = ''] }: PaperCommand) =>
      ['envsync', 'npm', 'npx', 'bash'].includes(program);
    const beginsWith = (beginning: string) => (command: PaperCommand) =>
      `${withoutFlags(command)} `.startsWith(`${beginning} `);
    const listed = Object.values(NOT_RUN_HERE).flat();
    const others = commands.filter((command) => !isLookedAt(command));
    const unlisted = others.filter((command) => !listed.some((beginning) => beginsWith(beginning)(command)));
    const unused = listed.filter((beginning) => !others.some(beginsWith(beginning)));
    assert.deepEqual({ unlisted: unlisted.map(({ text }) => text), unused }, { unlisted: [], unused: [] });
    for (const [reason, beginnings] of Object.entries(NOT_RUN_HERE))
      console.log(`    not run here, as it ${reason}: ${beginnings.join(', ')}`);
  });
});

/** Of the program that a script of package.json runs. */
function sourcesOf(script: string): string {
  const [, folder] = /(\S+)\/main\.ts/.exec(script) ?? [];
  if (folder === undefined) return '';
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`);
  return [...files, 'proof/command.ts']
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

function unknownIn(sources: string, script: string, given: string[]): string | undefined {
  const isValueOf = (flag = '') => flag.startsWith('--') && sources.includes(`'${flag} <`);
  const isKnown = (word: string) =>
    word.startsWith('--')
      ? ['--', '--help'].includes(word) || new RegExp(`'${word}[ ']`).test(sources)
      : script !== 'bench' || sources.includes(`name: '${word}'`);
  const unknown = given.filter((word, i) => !isValueOf(given[i - 1]) && !isKnown(word));
  return unknown.length > 0 ? `no ${unknown.join(', ')}` : undefined;
}

function isThere(file: string): boolean {
  if (!file.includes('*')) return existsSync(file);
  const { dir, base } = path.parse(file);
  const [start = '', end = ''] = base.split('*');
  return existsSync(dir) && readdirSync(dir).some((name) => name.startsWith(start) && name.endsWith(end));
}

/** `kubectl rollout status …` of `kubectl --namespace flagsmith rollout status …`. */
const withoutFlags = ({ words }: PaperCommand) =>
  words.filter((word, i) => !word.startsWith('-') && words[i - 1] !== '--namespace').join(' ');

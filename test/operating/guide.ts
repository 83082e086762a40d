import { readFileSync } from 'node:fs';

/** The commands of one block of `docs/operating.md`. */
export interface Block {
  envsync: string[];
  temporal: string[];
  tctl: string[];
}

export function readBlocks(): Block[] {
  const page = readFileSync('docs/operating.md', 'utf8');
  return [...page.matchAll(/```sh\n([^`]+)```/g)].map(([, text = '']) => {
    const lines = text.split('\n');
    const of = (start: string) => lines.filter((line) => line.startsWith(start));
    return {
      envsync: of('envsync '),
      temporal: of('temporal '),
      tctl: of('# tctl ').map((line) => line.slice('# '.length)),
    };
  });
}

/** Those in the page's tables, too. */
export const readEnvsyncCommands = (): string[] => [
  ...readBlocks().flatMap(({ envsync }) => envsync),
  ...[...readFileSync('docs/operating.md', 'utf8').matchAll(/`(envsync [^`]+)`/g)].map(
    ([, command = '']) => command,
  ),
];

/** `envsync sync pause` of `envsync sync pause --project 7`. */
export const wordsOf = (command: string): string =>
  /^envsync (?:(?:sync|sweep) )?[a-z-]+/.exec(command)?.[0] ?? command;

/** What stands for the page's placeholders. */
export interface Place {
  instanceName: string;
  taskQueue: string;
  projectId: number;
  environmentId: number;
  featureId: number;
}

/** The command as whoever is on call would type it; a rebuild so slow that it can be paused. */
export const typed = (command: string, place: Place): string =>
  command
    .replace(/(-(?:sync|documents?|seeding))\/default/g, `$1/${place.instanceName}`)
    .replace('--task-queue environment-document-sync', `--task-queue ${place.taskQueue}`)
    .replace(/\b42\b/g, String(place.environmentId))
    .replace(/(project-|"projectId": )7\b/g, `$1${place.projectId}`)
    .replace(/(feature\/|"featureId": )9\b/g, `$1${place.featureId}`)
    .replace('"writeUnitsPerSecond": 200', '"writeUnitsPerSecond": 1');

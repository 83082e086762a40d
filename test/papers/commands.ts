import { readdirSync, readFileSync } from 'node:fs';

/** A command that a reader would type. */
export interface PaperCommand {
  paper: string;
  text: string;
  /** Without quotes, comments and redirections. */
  words: string[];
  /** Named in a sentence or a table, where arguments may be left out. */
  isMention: boolean;
}

const PROGRAMS = /^(?:envsync|npm|npx|node|temporal|docker|helm|kubectl|aws|psql|bash) \S/;
/** What is piped into, or run by `kubectl exec` and `docker compose exec`, is a command of its own. */
const BETWEEN_COMMANDS = / \| | -- (?=node )|(?<= exec temporal) /;

export const readPapers = (): string[] => [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

/** Those of a page's blocks, indented or fenced, and those between backticks. */
export function readCommands(paper: string): PaperCommand[] {
  const lines = readFileSync(paper, 'utf8')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  let isFenced = false;
  return lines.flatMap((line) => {
    if (/^\s*```/.test(line)) isFenced = !isFenced;
    const isMention = !isFenced && !line.startsWith('    ');
    const texts = isMention ? [...line.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text) : [line.trim()];
    return texts
      .flatMap((text) => text.split(BETWEEN_COMMANDS))
      .map((text) => text.replace(/^node dist\/cli\/main\.js/, 'envsync'))
      .filter((text) => PROGRAMS.test(text))
      .map((text) => ({ paper, text, words: wordsOf(text), isMention }));
  });
}

/** A placeholder, as in `envsync explain <environment>`, stands for a number. */
function wordsOf(text: string): string[] {
  const typed = text
    .replace(/\s+# .*/, '')
    .replaceAll(/<[a-z]+>|\[[a-z]+\]/g, '42')
    .replace(/ [<>] \S+/, '');
  return [...typed.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/^(['"])(.*)\1$/, '$2'),
  );
}

/** The value of a flag, as in `--type progress`. */
export const valueOf = ({ words }: PaperCommand, flag: string): string | undefined =>
  words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined;

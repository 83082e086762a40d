import { styleText } from 'node:util';

/** What is noted with its time is printed this much later, so that news from several sources come in order. */
const ORDERING_MS = 300;
const FLUSH_EVERY_MS = 50;

type Style = Parameters<typeof styleText>[0];

interface TimedLine {
  atMs: number;
  text: string;
}

export interface Narrator {
  heading(text: string): void;
  line(text?: string): void;
  /** What only matters when something goes wrong. */
  aside(text: string): void;
  good(text: string): void;
  /** Times that follow count from now. */
  startClock(): void;
  /** What happened at a moment, by default now; with its time while the clock runs. */
  event(text: string, atMs?: number): void;
  /** Prints all that was noted, and stops the clock. */
  stopClock(): void;
}

/** Prints plain lines, in colour where the terminal and the user (NO_COLOR) want it. */
export function createNarrator(output: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Narrator {
  const inColour = output.isTTY && !env['NO_COLOR'];
  const paint = (style: Style, text: string) => (inColour ? styleText(style, text) : text);
  const print = (text: string) => output.write(`${text}\n`);
  let noted: TimedLine[] = [];
  let zeroMs: number | undefined;
  let flushing: NodeJS.Timeout | undefined;

  function flush(untilMs: number) {
    noted.sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, text } of noted.filter((line) => line.atMs <= untilMs)) printTimed(atMs, text);
    noted = noted.filter((line) => line.atMs > untilMs);
  }

  function printTimed(atMs: number, text: string) {
    const seconds = Math.max(0, atMs - (zeroMs ?? atMs)) / 1_000;
    const [first = '', ...rest] = text.split('\n');
    print(`${paint('cyan', `${seconds.toFixed(2).padStart(7)} s`)}  ${first}`);
    for (const line of rest) print(`           ${line}`);
  }

  return {
    heading(text) {
      flush(Infinity);
      print(`\n${paint(['bold', 'underline'], text)}\n`);
    },
    line(text = '') {
      flush(Infinity);
      print(text && `  ${text}`);
    },
    aside(text) {
      print(`  ${paint('dim', text)}`);
    },
    good(text) {
      flush(Infinity);
      print(`  ${paint(['bold', 'green'], text)}`);
    },
    startClock() {
      zeroMs = Date.now();
      flushing = setInterval(() => {
        flush(Date.now() - ORDERING_MS);
      }, FLUSH_EVERY_MS);
    },
    event(text, atMs = Date.now()) {
      if (zeroMs === undefined) print(text.replace(/^/gm, '  '));
      else noted.push({ atMs, text });
    },
    stopClock() {
      clearInterval(flushing);
      flush(Infinity);
      zeroMs = undefined;
    },
  };
}

import type { SweepProgress } from '../../workflows/sweepContract.js';

const CLEAR_LINE = '\r\u001b[K';
/** Between two lines where they are not shown in one place. */
const PLAIN_EVERY_MS = 10_000;
const RATE_OVER_MS = 30_000;

interface Output {
  isTTY?: boolean;
  /** How wide the terminal is now. */
  columns?: number;
  write(text: string): unknown;
}

/** How far a sweep has come: in one place on a terminal, as a line now and then elsewhere. */
export class ProgressLines {
  private readonly seen: { atMs: number; done: number }[] = [];
  private shownAtMs = -Infinity;

  constructor(
    private readonly output: Output,
    /** What is said of those that are in `attention`. */
    private readonly attentionText: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  show(progress: SweepProgress): void {
    const atMs = this.now();
    this.seen.push({ atMs, done: progress.done });
    while (this.seen.length > 2 && (this.seen[0]?.atMs ?? 0) < atMs - RATE_OVER_MS) this.seen.shift();
    const line = this.line(progress);
    if (this.output.isTTY) this.output.write(CLEAR_LINE + this.cut(line));
    else if (atMs - this.shownAtMs >= PLAIN_EVERY_MS || progress.state === 'done') {
      this.output.write(`${line}\n`);
      this.shownAtMs = atMs;
    }
  }

  end(): void {
    if (this.output.isTTY) this.output.write(CLEAR_LINE);
  }

  /** To what fits: a line that went on in the next one could not be cleared. */
  private cut(line: string): string {
    const width = (this.output.columns ?? Infinity) - 1;
    return line.length > width ? `${line.slice(0, width - 1)}…` : line;
  }

  private line({ state, done, total, attentionCount }: SweepProgress): string {
    const rate = this.rate();
    const left = rate > 0 ? `, ${spoken((total - done) / rate)} left` : '';
    const attention = attentionCount > 0 ? `, ${attentionCount} ${this.attentionText}` : '';
    const speed = state === 'running' && rate > 0 ? `, ${rate.toFixed(1)} a second${left}` : '';
    return `${state}: ${done} of ${total} environments${speed}${attention}`;
  }

  /** Environments a second, of late. */
  private rate(): number {
    const [first] = this.seen;
    const last = this.seen.at(-1);
    if (!first || !last || last.atMs === first.atMs) return 0;
    return ((last.done - first.done) / (last.atMs - first.atMs)) * 1_000;
  }
}

function spoken(seconds: number): string {
  const rounded = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(rounded / 3_600), Math.floor((rounded % 3_600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rounded % 60} s` : `${rounded} s`;
}

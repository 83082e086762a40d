/** One thing that is measured; `npm run bench -- <name>` runs it. */
export interface Bench {
  name: string;
  /** What it shows, in one line of `--help`. */
  summary: string;
  /** @throws where what was measured gave a wrong result: a fast wrong answer is no figure */
  run(context: BenchContext): Promise<BenchResult>;
}

export interface BenchContext {
  /** How often each subject is measured; undefined leaves it to the bench. Fewer are for trying a bench out. */
  rounds: number | undefined;
  /** How many environments a sweep is of; undefined leaves it to the bench. */
  environments: number | undefined;
  /** Says what is being done. */
  progress: (line: string) => void;
}

export interface BenchResult {
  /** What the figures depend on besides the machine: versions of servers, rounds, warm-up, data. */
  settings: Record<string, string | number>;
  tables: Table[];
  limits: Limit[];
}

export interface Table {
  title: string;
  columns: string[];
  rows: (string | number)[][];
  /** What must be known to read it rightly. */
  notes?: string[];
}

/** What a figure must not exceed, or must reach. */
export interface Limit {
  what: string;
  measured: number;
  atMost?: number;
  atLeast?: number;
  /** As it is printed behind both numbers; without it they are ratios. */
  unit?: string;
  /** Where it was not kept: the reason that was found. */
  whyNot?: string;
}

export const isKept = ({ measured, atMost = Infinity, atLeast = -Infinity }: Limit): boolean =>
  measured <= atMost && measured >= atLeast;

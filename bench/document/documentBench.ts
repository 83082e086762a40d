import type { Bench, BenchContext, BenchResult } from '../frame/bench.js';
import { type BenchPostgres, withPostgres } from '../frame/database.js';
import { describeRounds } from '../frame/samples.js';
import { loadBigEnvironment } from './bigEnvironment.js';
import { measureGrowth } from './growth.js';
import { measureMemory } from './memory.js';
import { measureRatios } from './ratios.js';

const RATIO_ROUNDS = { rounds: 300, warmUp: 50 };
const GROWTH_ROUNDS = { rounds: 50, warmUp: 10 };

export const documentBench: Bench = {
  name: 'document',
  summary: 'the time for one document over fetching its rows, how it grows, the memory it takes',
  run: (context) => withPostgres(context.progress, (postgres) => measure(postgres, context)),
};

async function measure(postgres: BenchPostgres, { rounds, progress }: BenchContext): Promise<BenchResult> {
  const ratioRounds = { ...RATIO_ROUNDS, ...(rounds && { rounds }) };
  const growthRounds = { ...GROWTH_ROUNDS, ...(rounds && { rounds }) };
  progress('loading the recorded environment');
  const environment = await loadBigEnvironment(postgres);
  progress('ratios');
  const ratios = await measureRatios(environment, ratioRounds);
  progress('growth');
  const growth = await measureGrowth(postgres, growthRounds);
  const memory = await measureMemory(postgres, progress);
  return {
    settings: {
      PostgreSQL: postgres.version,
      'rounds of the ratios': describeRounds(ratioRounds),
      'rounds of the growth': describeRounds(growthRounds),
      order: 'all subjects in turn, reversed every other round',
    },
    tables: [ratios, growth, memory].flatMap(({ tables }) => tables),
    limits: [ratios, growth, memory].flatMap(({ limits }) => limits),
  };
}

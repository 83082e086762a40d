import { connectDatabase } from '../../src/db/connect.js';
import { itemSizeBytes } from '../../src/document/itemSize.js';
import { GENERATED_ENVIRONMENT } from './generatedEnvironment.js';
import type { MemoryTask, MemoryUsed } from './memory.js';
import { produceDocument } from './produce.js';

/** Enough that all code is loaded and the connections are open. More would let the heap grow, which then has room to hide in. */
const WARM_UP_DOCUMENTS = 2;

/** The process of one measurement: it gets its task from its parent, tells what was used, and ends. */
process.once('message', (task: MemoryTask) => {
  void measure(task).then((used) => {
    process.send?.(used);
    process.disconnect();
  });
});

async function measure({ smallUrl, largeUrl, form, ...task }: MemoryTask): Promise<MemoryUsed> {
  const small = connectDatabase(smallUrl, { applicationName: 'bench', maxConnections: 1 });
  const large = connectDatabase(largeUrl, { applicationName: 'bench', maxConnections: 1 });
  try {
    for (let i = 0; i < WARM_UP_DOCUMENTS; i++) await produceDocument(small, GENERATED_ENVIRONMENT, form);
    collectGarbage();
    const beforeBytes = process.memoryUsage.rss();
    let document = { featureStatesCount: 0, itemBytes: 0 };
    for (let i = 0; i < task.documents; i++) {
      const { encoded } = await produceDocument(large, GENERATED_ENVIRONMENT, form);
      document = {
        featureStatesCount: encoded.featureStatesCount,
        itemBytes: Math.max(itemSizeBytes(encoded.v1), itemSizeBytes(encoded.v2)),
      };
      if (task.collectBetween) collectGarbage();
    }
    // In KiB on every platform. The kernel notes it, so that no peak falls between two samples.
    return { beforeBytes, peakBytes: process.resourceUsage().maxRSS * 1024, ...document };
  } finally {
    await Promise.all([small.end(), large.end()]);
  }
}

function collectGarbage(): void {
  if (!globalThis.gc) throw new Error('Run with --expose-gc.');
  globalThis.gc();
}

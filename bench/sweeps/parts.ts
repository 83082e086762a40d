import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { SyncDeps } from '../../src/activities/deps.js';
import { type ReadForWrite, readSeveralForWrite } from '../../src/activities/readForWrite.js';
import { connectDatabase } from '../../src/db/connect.js';
import { selectEnvironments } from '../../src/db/environmentSelection.js';
import { buildDocument } from '../../src/document/buildDocument.js';
import { encodeDocument } from '../../src/document/encodeDocument.js';
import { rebuildPage } from '../../src/sweeps/rebuildPage.js';
import { ENVIRONMENTS_TOGETHER } from '../../src/sweeps/readTogether.js';
import { createEvents } from '../../src/telemetry/events.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import type { RebuildPageResult } from '../../src/workflows/sweepContract.js';
import type { LiveServers } from '../frame/liveSystem.js';
import type { Documents } from './documents.js';
import { BIG_ORGANISATION } from './environments.js';
import { rawPuts } from './rawPuts.js';

/** A part of a rebuild, done for all environments by itself: milliseconds for each of them. */
export interface Part {
  what: string;
  ms: number;
  /** CPU of this process. */
  cpuMs: number;
}

const SELECTION = { organisationId: BIG_ORGANISATION };
const PAGE_SIZE = 250;

export async function measureParts(
  servers: LiveServers,
  count: number,
  documents: Documents,
): Promise<Part[]> {
  const deps = createDeps(servers);
  const part = async (what: string, work: () => Promise<unknown>): Promise<Part> => {
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(cpu);
    return { what, ms: (performance.now() - startedAt) / count, cpuMs: (user + system) / 1_000 / count };
  };
  try {
    let reads: ReadForWrite[] = [];
    return [
      await part('pages of ids', () => selectAll(deps)),
      await part(`flags and rows, ${ENVIRONMENTS_TOGETHER} in a snapshot`, async () => {
        reads = await readAll(deps, [...documents.keys()]);
      }),
      await part('building and encoding', () => {
        encodeAll(deps, reads);
        return Promise.resolve();
      }),
      await part('raw puts', () => rawPuts(servers, documents.values())),
      await part('all of these, as pages without Temporal', () => rebuildPages(deps)),
    ];
  } finally {
    await deps.db.end();
    deps.dynamo.destroy();
  }
}

/** As a worker's are, but that nothing is logged. */
function createDeps({ databaseUrl, config }: LiveServers): SyncDeps {
  const nothing = () => undefined;
  return {
    ...config,
    db: connectDatabase(databaseUrl, { applicationName: 'bench', prepare: { onGivenUp: console.warn } }),
    dynamo: new DynamoDBClient({ maxAttempts: 2 }),
    metrics: createMetrics(
      () => Promise.resolve({ rows: 0, oldestSeconds: 0 }),
      () => Promise.resolve(false),
      () => Promise.resolve({ environments: 0, oldestSeconds: 0 }),
    ),
    events: createEvents({ info: nothing, warn: nothing, error: nothing }),
  };
}

async function selectAll({ db }: SyncDeps): Promise<void> {
  for (let afterId: number | undefined = 0; afterId !== undefined;)
    afterId = (await selectEnvironments(db, SELECTION, { afterId, limit: PAGE_SIZE })).at(-1);
}

async function readAll(deps: SyncDeps, ids: number[]): Promise<ReadForWrite[]> {
  const reads: ReadForWrite[] = [];
  for (let start = 0; start < ids.length; start += ENVIRONMENTS_TOGETHER) {
    const some = ids.slice(start, start + ENVIRONMENTS_TOGETHER);
    const inputs = some.map((environmentId) => ({ environmentId }));
    reads.push(...(await readSeveralForWrite(deps, inputs)));
  }
  return reads;
}

function encodeAll({ compression }: SyncDeps, reads: ReadForWrite[]): void {
  for (const { rows } of reads) if (rows) encodeDocument(buildDocument(rows), compression);
}

async function rebuildPages(deps: SyncDeps): Promise<void> {
  for (let isLast = false, afterId = 0; !isLast;) {
    const activity = new MockActivityEnvironment({}, { logger: new DefaultLogger('WARN') });
    const input = { ...SELECTION, afterId, pageSize: PAGE_SIZE };
    const work = (): Promise<RebuildPageResult> => rebuildPage(deps, input);
    ({ isLast, afterId } = await activity.run<[], RebuildPageResult, typeof work>(work));
  }
}

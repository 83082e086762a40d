import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { runRelay, type RelayOptions } from '../../src/outbox/relay.js';
import { paceProjectWide } from '../../src/outbox/relayProjectWide.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { useDatabase } from '../support/database.js';
import { insertAuditLog, insertEnvironment, insertProject } from '../support/flagsmithData.js';

const ENVIRONMENTS = 1_000;

describe('the relay, with a project of a thousand environments', () => {
  const database = useDatabase({ template: 'migrated' });
  let projectId: number;
  let otherProjectId: number;
  let otherEnvironmentId: number;

  before(async () => {
    projectId = await insertProject(database.sql);
    const first = await insertEnvironment(database.sql, projectId);
    await database.sql`
      INSERT INTO environments_environment
      SELECT (jsonb_populate_record(e, jsonb_build_object(
        'id', 1000000 + copy, 'api_key', 'copy-' || copy, 'uuid', gen_random_uuid()))).*
      FROM environments_environment AS e CROSS JOIN generate_series(2, ${ENVIRONMENTS}) AS copy WHERE e.id = ${first}`;
    otherProjectId = await insertProject(database.sql);
    otherEnvironmentId = await insertEnvironment(database.sql, otherProjectId);
  });
  beforeEach(async () => {
    await database.sql`DELETE FROM document_sync.outbox`;
    await insertAuditLog(database.sql, { projectId });
  });

  /** Keeps what is handed over, in its order. */
  function recording() {
    const handedOver: number[] = [];
    const deps = {
      db: database.db,
      batchSize: 20,
      startSync: ({ environmentId }: { environmentId: number }) => {
        handedOver.push(environmentId);
        return Promise.resolve();
      },
      untilAtRest: () => Promise.resolve('waiting' as const),
    };
    return { deps, handedOver };
  }

  const waiting = async () => {
    const [row] = await database.sql<{ rows: number }[]>`
      SELECT count(*)::integer AS rows FROM document_sync.outbox`;
    return row!.rows;
  };

  it('hands over a single change of another organisation while the syncs of the first round are still at work', async () => {
    const stop = new AbortController();
    const { deps, handedOver } = recording();
    let endRound!: () => void;
    const round = new Promise<'ended'>((resolve) => {
      endRound = () => {
        resolve('ended');
      };
    });
    const options: RelayOptions = {
      ...deps,
      pollIntervalMs: 10,
      logger: createLogger('fatal'),
      checkTemporal: () => Promise.resolve(),
      signal: stop.signal,
      untilAtRest: () => round,
    };
    const relaying = runRelay(options);
    while (handedOver.length === 0) await delay(10);
    await insertAuditLog(database.sql, { projectId: otherProjectId, environmentId: otherEnvironmentId });
    while (!handedOver.includes(otherEnvironmentId)) await delay(10);
    stop.abort();
    endRound();
    await relaying;
    assert.equal(handedOver.length, 2);
    assert.equal(await waiting(), ENVIRONMENTS - 1);
  });

  it('hands over as many at a time as the most where nothing slows down, and forgets none', async () => {
    const { deps, handedOver } = recording();
    const relayRound = paceProjectWide(deps);
    const sizes: number[] = [];
    while ((await waiting()) > 0) sizes.push((await relayRound()).claimed);
    assert.deepEqual(sizes.slice(0, 8), [1, 2, 3, 5, 8, 12, 18, 20]);
    assert.equal(sizes.length, 7 + Math.ceil((ENVIRONMENTS - 49) / 20));
    assert.equal(new Set(handedOver).size, ENVIRONMENTS);
    assert.equal(handedOver.length, ENVIRONMENTS);
  });

  it('begins the next project-wide change with one environment again', async () => {
    const { deps } = recording();
    const relayRound = paceProjectWide(deps);
    while ((await relayRound()).claimed > 0);
    await insertAuditLog(database.sql, { projectId });
    assert.equal((await relayRound()).claimed, 1);
  });

  it('waits for the syncs of a round before it begins the next', async () => {
    const { deps, handedOver } = recording();
    const underWay = new Set<number>();
    let mostUnderWay = 0;
    const relayRound = paceProjectWide({
      ...deps,
      untilAtRest: async (environmentId) => {
        underWay.add(environmentId);
        mostUnderWay = Math.max(mostUnderWay, underWay.size);
        await delay(20);
        underWay.delete(environmentId);
        return 'busy';
      },
    });
    for (let round = 0; round < 5; round++) await relayRound();
    assert.equal(handedOver.length, 5);
    assert.equal(mostUnderWay, 1);
  });

  it('goes on, one at a time, where nobody can say what became of the syncs', async () => {
    const { deps, handedOver } = recording();
    const relayRound = paceProjectWide({ ...deps, untilAtRest: () => Promise.reject(new Error('away')) });
    for (let round = 0; round < 3; round++) await relayRound();
    assert.equal(handedOver.length, 3);
    assert.equal(await waiting(), ENVIRONMENTS - 3);
  });

  it('tells a round once more, and loses none of it, when it dies before it commits', async () => {
    const { deps, handedOver } = recording();
    const dying = paceProjectWide({
      ...deps,
      startSync: async (change) => {
        await deps.startSync(change);
        await database.sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`;
      },
    });
    await assert.rejects(dying());
    assert.equal(await waiting(), ENVIRONMENTS);
    const relayRound = paceProjectWide(deps);
    while ((await relayRound()).claimed > 0);
    assert.equal(handedOver.length, ENVIRONMENTS + 1);
    assert.equal(new Set(handedOver).size, ENVIRONMENTS);
  });
});

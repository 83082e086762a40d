import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { plannedRemovals, removeAll } from '../../src/db/uninstall.js';
import type { RunningWorker } from '../../src/worker.js';
import { catalogue } from '../db/catalogue.js';
import { useDatabase } from '../support/database.js';
import { flagsmithSchema } from '../support/flagsmithSchema.js';
import { useSystem } from '../support/system.js';
import { createWriter } from '../support/writer.js';
import { auditStatements } from './action.js';
import { environments } from './actions/environments.js';
import { features } from './actions/features.js';
import { segments } from './actions/segments.js';
import { settings } from './actions/settings.js';
import { states } from './actions/states.js';
import { unannounced } from './actions/unannounced.js';
import { versions } from './actions/versions.js';
import { compare, type Comparison, differencesIn, untilEqual } from './documents.js';
import { recordPuts, type PutRecorder } from './recordedPuts.js';
import { brokenPromises, insertAuditRows, liveAt, perform, type Play, prepare } from './replay.js';

const ACTIONS = [
  ...[...environments, ...features, ...states, ...segments, ...versions, ...settings, ...unannounced],
];
/** Actions under way at a time: with more of them workers come to look only when one is over. */
const AT_A_TIME = 4;
/** Most of it is taken by what is written as it is after the window; the rest is for slow machines. */
const WITHIN_MS = 60_000;
/** How late an unpatched Flagsmith's audit rows are at least. */
const AUDIT_DELAY_MS = 1_000;

const schema = flagsmithSchema === undefined ? 'the baseline’s tables' : 'Flagsmith’s whole schema';
describe(`with a worker on ${schema},`, function () {
  this.timeout(300_000);
  const untouched = useDatabase({ template: 'flagsmith' });
  const system = useSystem(
    // What never gets complete is written as it is after the window: here soon enough to be waited for.
    { CREATION_ENABLED: 'false', SEEDING_INFERENCE_WINDOW_MS: '12000' },
    'adopted',
  );
  let worker: RunningWorker;
  let recorder: PutRecorder;
  let plays: Play[];
  let change: Comparison;
  let auditRows: Comparison;
  let later: Comparison;

  before(async () => {
    const { sql } = system.database;
    recorder = await recordPuts(process.env['AWS_ENDPOINT_URL_DYNAMODB']!);
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = recorder.endpoint;
    plays = await Promise.all(ACTIONS.map((action) => prepare(sql, action)));
    await writeAll();
    worker = await system.startWorker();
    await warmUp(plays[0]!);

    await severalAtATime(plays, (play) => perform(system, play));
    const auditRowsAt = Date.now() + AUDIT_DELAY_MS;
    await until(Math.max(...plays.map(liveAt)));
    change = await untilEqual(system, WITHIN_MS);
    await until(auditRowsAt);
    await Promise.all(plays.map((play) => insertAuditRows(sql, play)));
    auditRows = await untilEqual(system, WITHIN_MS);
    await untilIdle();
    later = await compare(system);
  });
  after(() => {
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = system.env['AWS_ENDPOINT_URL_DYNAMODB'];
    recorder.close();
  });

  /** As a rebuild leaves it. */
  async function writeAll(): Promise<void> {
    const writer = createWriter(system);
    const staged = plays.flatMap(({ stage }) => stage.environments.map(({ id }) => id));
    await severalAtATime(staged, async (environmentId) => {
      await writer.write({ environmentId });
    });
    const staging = await compare(system);
    assert.deepEqual(
      plays.flatMap(({ stage }) => differencesIn(staging, stage.project)),
      [],
    );
  }

  /** The first sync takes the longest. */
  async function warmUp({ stage }: Play): Promise<void> {
    const row = { project: stage.project, environment: null, type: 'FEATURE' } as const;
    await system.database.sql.unsafe(auditStatements(row, new Date()).join(';'));
    const warm = await untilEqual(system, WITHIN_MS);
    assert.deepEqual(differencesIn(warm, stage.project), []);
  }

  const until = (timeMs: number) => delay(Math.max(0, timeMs - Date.now()));

  async function severalAtATime<T>(all: T[], act: (one: T) => Promise<void>): Promise<void> {
    const waiting = [...all];
    const actInTurn = async () => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await act(one);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, actInTurn));
  }

  /** Nothing is due any more, nor will be: of what came last the net tells two seconds later. */
  async function untilIdle(): Promise<void> {
    const { sql } = system.database;
    while ((await sql`SELECT FROM document_sync.outbox LIMIT 1`).length > 0) await delay(100);
    await delay(1_000);
  }

  for (const action of ACTIONS)
    it(`${action.name} is followed by the documents that the database says`, () => {
      const play = plays.find((candidate) => candidate.action === action)!;
      const { project } = play.stage;
      assert.deepEqual(
        {
          afterTheChange: differencesIn(change, project),
          afterItsAuditRows: differencesIn(auditRows, project),
          later: differencesIn(later, project),
          everPut: brokenPromises(play, recorder.puts, system.tables, later),
        },
        { afterTheChange: [], afterItsAuditRows: [], later: [], everPut: [] },
      );
    });

  it('uninstall leaves the catalogue as it was before migrate, after all of that', async () => {
    worker.stop();
    await worker.finished;
    const { sql, db } = system.database;
    assert.notDeepEqual(await catalogue(sql), await catalogue(untouched.sql));
    await removeAll(db, await plannedRemovals(db), () => undefined);
    assert.deepEqual(await catalogue(sql), await catalogue(untouched.sql));
  });
});

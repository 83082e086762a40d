import { openStage, type Stage, type StageOptions } from '../../proof/stage/stage.js';
import { dynamoServer, historyServer, temporalServer } from '../support/servers.js';
import { logger, testRuntime } from '../support/temporal.js';

let stages = 0;

/** Gives the calling `describe` a stage of its own on the servers that all tests share; no worker runs on it yet. */
export function useStage(options: Omit<StageOptions, 'name' | 'logger' | 'runtime'> = {}): Stage {
  const stage = {} as Stage;

  before(async function () {
    this.timeout(300_000);
    const servers = {
      postgresUrl: (await historyServer()).url,
      dynamoEndpoint: (await dynamoServer()).endpoint,
      temporalAddress: (await temporalServer()).address,
    };
    const name = `proof_${++stages}`;
    Object.assign(stage, await openStage(servers, { ...options, name, logger, runtime: testRuntime }));
  });
  after(() => stage.close());

  return stage;
}

import { Connection } from '@temporalio/client';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { findTemporalServer, type TemporalServer } from './findTemporalServer.js';
import { onFreePorts } from './freePorts.js';
import { narrated, type Progress } from './progress.js';
import { Supervision, type SupervisedProcess } from './supervision.js';
import { cliEnv } from './temporalCli/cli.js';

export { findTemporalServer };

const START_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 5_000;
const DEV_SERVER_UI_OFFSET = 1_000;

/**
 * The dev server looks into each of its queues 20 times a second by default, which costs a workflow about 150 ms
 * at every step.
 */
const PROMPT_QUEUES = ['transfer', 'timer', 'visibility'].map(
  (queue) => `history.${queue}ProcessorMaxPollRPS=2000`,
);

/** What waits for a worker goes by the fairness keys, organisations; one partition is in order, and costs less. */
const FAIR_TASK_QUEUES = [
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];

export type SearchAttributeType = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

export interface TemporalServerOptions {
  progress: Progress;
  /** Keeps workflows in this folder and finds them again there; without it they are held in memory. */
  dataDir?: string | undefined;
  /** Registered at start, by name; not with a server that TEMPORAL_ADDRESS names. */
  searchAttributes?: Record<string, SearchAttributeType> | undefined;
  /** Further settings of the server, each `name=value`; not with a server that TEMPORAL_ADDRESS names. */
  dynamicConfig?: string[] | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}

export interface EmbeddedTemporalServer {
  address: string;
  webUiUrl: string;
  /** Which server it is, where it came from and why from there. */
  source: string;
  stop(): Promise<void>;
}

/** Starts Temporal's dev server with its web UI on free ports of 127.0.0.1, or uses the one TEMPORAL_ADDRESS names. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<EmbeddedTemporalServer> {
  const { progress, signal, env = process.env } = options;
  try {
    const found = await findTemporalServer(progress, env, { signal });
    return 'address' in found
      ? await useRunningServer(found)
      : await startDevServer(found, { ...options, env });
  } catch (error) {
    throw new Error(`Temporal: ${(error as Error).message}`, { cause: error });
  }
}

async function useRunningServer({ address, source }: TemporalServer & { address: string }) {
  try {
    const connection = await Connection.connect({ address, connectTimeout: ANSWER_WITHIN_MS });
    await connection.close();
  } catch (error) {
    throw new Error(`TEMPORAL_ADDRESS is ${address}, where no Temporal server answers`, { cause: error });
  }
  const [host = address, port = '7233'] = address.split(/:(?=\d+$)/);
  // Where the dev server serves its web UI; another server may have it elsewhere, which cannot be asked.
  const webUiUrl = `http://${host}:${Number(port) + DEV_SERVER_UI_OFFSET}`;
  return { address, webUiUrl, source, stop: () => Promise.resolve() };
}

async function startDevServer(
  { command, source }: TemporalServer & { command: string },
  options: TemporalServerOptions,
): Promise<EmbeddedTemporalServer> {
  const supervision = await Supervision.open({ name: 'temporal', signal: options.signal });
  const stop = () => supervision.end();
  try {
    if (options.dataDir !== undefined) await mkdir(options.dataDir, { recursive: true });
    return await onFreePorts(4, async (port, uiPort, httpPort, metricsPort) => {
      const server = await supervision.run(
        command,
        [
          ...['server', 'start-dev', '--log-level', 'error'],
          ...['--ip', '127.0.0.1', '--port', String(port), '--http-port', String(httpPort)],
          ...['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort), '--metrics-port', String(metricsPort)],
          ...optionalFlags(options),
        ],
        {
          name: 'temporal server start-dev',
          env: cliEnv(options.env ?? process.env),
          cwd: supervision.folder,
          // What is held in memory has nothing to finish.
          endSignal: options.dataDir === undefined ? 'SIGKILL' : 'SIGTERM',
        },
      );
      const address = `127.0.0.1:${port}`;
      const webUiUrl = `http://127.0.0.1:${uiPort}`;
      const isUp = untilUp(server, address, webUiUrl);
      await narrated(options.progress, `Temporal: starting the dev server on port ${port}`, isUp);
      return { address, webUiUrl, source, stop };
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

function optionalFlags({
  dataDir,
  searchAttributes = {},
  dynamicConfig = [],
}: TemporalServerOptions): string[] {
  return [
    ...[...PROMPT_QUEUES, ...FAIR_TASK_QUEUES, ...dynamicConfig].flatMap((value) => [
      '--dynamic-config-value',
      value,
    ]),
    ...(dataDir === undefined ? [] : ['--db-filename', path.resolve(dataDir, 'temporal.sqlite')]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

/**
 * Both ports must answer: if another server took one of them a moment before, that one answers for ours, which is
 * about to end because of it. That one server took both does not happen.
 */
async function untilUp(server: SupervisedProcess, address: string, webUiUrl: string): Promise<void> {
  const isUp = async () => (await answersHttp(webUiUrl)) && (await servesNamespace(address));
  await server.ready(isUp, { withinMs: START_WITHIN_MS });
}

async function answersHttp(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

async function servesNamespace(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address });
  try {
    await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../../src/embedded/freePorts.js';
import { Supervision } from '../../../src/embedded/supervision.js';

const READY_WITHIN_MS = 60_000;
const SCRAPED_WITHIN_MS = 30_000;

export interface PrometheusServer {
  /** The values of the expression's series at a moment: Unix time, in seconds. */
  query(expression: string, at: number): Promise<number[]>;
  /** Resolves once what was true at that moment is there to be queried. */
  scrapedAfter(at: number): Promise<void>;
  stop(): Promise<void>;
}

/** A Prometheus that scrapes a worker every second, and ends with this process. */
export async function startPrometheus(command: string, workerAddress: string): Promise<PrometheusServer> {
  const supervision = await Supervision.open({ name: 'prometheus' });
  try {
    const [port] = await freePorts(1);
    const config = path.join(supervision.folder, 'prometheus.yaml');
    await writeFile(config, configFor(workerAddress));
    const url = `http://127.0.0.1:${port}`;
    const server = await supervision.run(
      command,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(supervision.folder, 'data')}`,
        `--web.listen-address=${new URL(url).host}`,
      ],
      { name: 'prometheus', cwd: supervision.folder },
    );
    const isReady = () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await server.ready(isReady, { withinMs: READY_WITHIN_MS });
    return {
      query: (expression, at) => query(url, expression, at),
      scrapedAfter: (at) => scrapedAfter(url, at),
      stop: () => supervision.end(),
    };
  } catch (error) {
    await supervision.end();
    throw error;
  }
}

const configFor = (workerAddress: string) => `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: envsync
    static_configs: [{ targets: ['${workerAddress}'] }]
`;

interface Answer {
  status: string;
  error?: string;
  data?: { result: { value: [number, string] }[] };
}

async function scrapedAfter(url: string, at: number): Promise<void> {
  const deadline = performance.now() + SCRAPED_WITHIN_MS;
  const lastScrape = async () => Math.max(0, ...(await query(url, 'timestamp(up == 1)', Date.now() / 1_000)));
  while ((await lastScrape()) <= at) {
    if (performance.now() > deadline) throw new Error('Prometheus did not get through to the worker.');
    await delay(100);
  }
}

async function query(url: string, expression: string, at: number): Promise<number[]> {
  const parameters = new URLSearchParams({ query: expression, time: String(at) });
  const response = await fetch(`${url}/api/v1/query?${parameters.toString()}`);
  const { data, error = 'no answer' } = (await response.json()) as Answer;
  if (!data) throw new Error(`${error}: ${expression}`);
  return data.result.map(({ value: [, text] }) => Number(text));
}

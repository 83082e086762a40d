import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePorts } from '../../../src/embedded/freePorts.js';
import { Supervision } from '../../../src/embedded/supervision.js';

const READY_WITHIN_MS = 60_000;

export interface PrometheusServer {
  /** The values of the expression's series now. */
  query(expression: string): Promise<number[]>;
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
    return { query: (expression) => query(url, expression), stop: () => supervision.end() };
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

async function query(url: string, expression: string): Promise<number[]> {
  const response = await fetch(
    `${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`,
  );
  const { data, error = 'no answer' } = (await response.json()) as Answer;
  if (!data) throw new Error(`${error}: ${expression}`);
  return data.result.map(({ value: [, text] }) => Number(text));
}

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGoTool, type GoTool, whyNoGo } from '../goTool.js';

const LOADER = path.resolve('deploy/check/compose/loader');
const FILE = 'docker-compose.yml';

/** What `docker compose config` is run by: the plugin, or the library that it reads files with. */
export interface ComposeConfig {
  command: string;
  /** Before `--profile`. */
  before: string[];
  /** After it. */
  after: string[];
}

export interface Service {
  image: string;
  build?: unknown;
  profiles?: string[];
  entrypoint: string[] | null;
  command: string[] | null;
  environment?: Record<string, string>;
  ports?: { host_ip?: string; published: string; target: number }[];
  volumes?: { type: string; source: string; target: string }[];
  healthcheck?: unknown;
  depends_on?: Record<string, { condition: string; required: boolean }>;
}

export interface Outcome {
  status: number | null;
  /** Warnings and errors. */
  stderr: string;
  /** Of the profiles that are on; none where the file is refused. */
  services: Record<string, Service>;
}

/** `required` in `depends_on` is known from 2.20 on. */
const PLUGIN_THAT_WILL_DO = /^v?(?:2\.[2-9]\d|[3-9]|\d\d)/;

/** Docker's plugin where there is one, else built by Go; `missing` says why neither is to be had. */
export async function findComposeConfig(): Promise<ComposeConfig | { missing: string }> {
  if (PLUGIN_THAT_WILL_DO.test(await pluginVersion()))
    return {
      command: 'docker',
      before: ['compose', '--file', FILE],
      after: ['config', '--format', 'json'],
    };
  const missing = await whyNoGo();
  if (missing !== undefined) return { missing: `Docker Compose is not installed, and ${missing}` };
  const progress = (line: string) => {
    console.log(`    ${line}`);
  };
  return { command: await findGoTool(loader(), progress), before: [], after: [FILE] };
}

/** What Compose makes of the repository's file with these profiles turned on; `*` is all of them. */
export function composeConfig({ command, before, after }: ComposeConfig, profiles: string[]): Outcome {
  const chosen = profiles.flatMap((profile) => ['--profile', profile]);
  const { status, stdout, stderr, error } = spawnSync(command, [...before, ...chosen, ...after], {
    encoding: 'utf8',
    env: withoutSettings(process.env),
  });
  if (error) throw error;
  const { services } = status === 0 ? (JSON.parse(stdout) as Pick<Outcome, 'services'>) : { services: {} };
  return { status, stderr, services };
}

const pluginVersion = (): Promise<string> =>
  promisify(execFile)('docker', ['compose', 'version', '--short']).then(
    ({ stdout }) => stdout,
    () => '',
  );

function loader(): GoTool {
  const hash = createHash('sha256');
  for (const file of readdirSync(LOADER).sort()) hash.update(readFileSync(path.join(LOADER, file)));
  return {
    name: 'compose-config',
    module: 'environment-document-sync/compose-config',
    version: hash.digest('hex').slice(0, 12),
    sources: LOADER,
    flags: ['-buildvcs=false'],
    ask: ['-h'],
    answer: /a profile to turn on/,
  };
}

/** Whoever runs this may have profiles or files of their own chosen. */
const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('COMPOSE_')));

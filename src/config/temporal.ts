import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError } from '../config.js';
import { type Environment, readSecretFiles } from './secretFiles.js';

export interface TemporalSettings {
  connection: ClientConnectConfig['connectionOptions'];
  namespace: string;
}

/**
 * Where Temporal is and how it lets one in: from `TEMPORAL_…` and `temporal.toml` as its SDKs read them, the API key also
 * from `TEMPORAL_API_KEY_FILE`. An empty variable counts as not set.
 *
 * @throws {ConfigError} if a variable, the file or a certificate is wrong
 */
export function readTemporalSettings(given: Environment = process.env): TemporalSettings {
  const { env, problems } = readSecretFiles(given);
  const problem = problems.get('TEMPORAL_API_KEY');
  if (problem !== undefined) throw new ConfigError([problem]);
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
      overrideEnvVars: withoutEmpty(env),
    });
    return { connection: connectionOptions, namespace };
  } catch (error) {
    throw new ConfigError([`Temporal’s settings, TEMPORAL_… or temporal.toml: ${(error as Error).message}`]);
  }
}

const withoutEmpty = (env: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]));

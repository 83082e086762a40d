import { readFileSync } from 'node:fs';

/** Their values may be in files, as orchestrators mount secrets: `DATABASE_URL_FILE` names the one of `DATABASE_URL`. */
export const SECRETS = ['DATABASE_URL', 'TEMPORAL_API_KEY'] as const;

export type Environment = Record<string, string | undefined>;

/**
 * Each secret that a file holds, in its own variable; without the newline at its end.
 *
 * @returns also what is wrong, by variable: a file that is set beside the variable itself, cannot be read or is empty
 */
export function readSecretFiles(env: Environment): { env: Environment; problems: Map<string, string> } {
  const problems = new Map<string, string>();
  const read: Environment = {};
  for (const secret of SECRETS) {
    const variable = `${secret}_FILE`;
    const file = env[variable];
    if (!file) continue;
    try {
      if (env[secret]) throw new Error(`is set, and so is ${secret}: set one of them`);
      read[secret] = readSecret(file);
    } catch (error) {
      problems.set(secret, `${variable}: ${(error as Error).message}`);
    }
  }
  return { env: { ...env, ...read }, problems };
}

function readSecret(file: string): string {
  const secret = contentOf(file).replace(/\r?\n$/, '');
  if (secret === '') throw new Error(`${file} is empty`);
  return secret;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

/** DynamoDB Local's classes are compiled for it. */
const OLDEST = 17;
const ANSWER_WITHIN_MS = 20_000;

/** The first recent enough Java, that of JAVA_HOME or the one on PATH; or why there is none. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<{ java: string } | { missing: string }> {
  const { JAVA_HOME: home } = env;
  const reasons: string[] = [];
  for (const java of [...(home ? [path.join(home, 'bin', 'java')] : []), 'java']) {
    const reason = await reasonAgainst(java, env);
    if (reason === undefined) return { java };
    reasons.push(`${java}: ${reason}`);
  }
  return { missing: `no Java ${OLDEST} or later (${reasons.join('; ')})` };
}

async function reasonAgainst(java: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stderr } = await promisify(execFile)(java, ['-version'], { env, timeout: ANSWER_WITHIN_MS });
    const [version, major] = /version "(\d+)[^"]*"/.exec(stderr) ?? [];
    if (major === undefined) return `its version is unclear: "${stderr.trim()}"`;
    return Number(major) < OLDEST ? `${version} is too old` : undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'not found' : message.trim();
  }
}

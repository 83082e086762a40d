import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmbeddedDynamo } from '../../src/embedded/dynamo.js';
import type { Progress } from '../../src/embedded/progress.js';
import { Supervision } from '../../src/embedded/supervision.js';
import { cachedJars, listedJars } from './jars.js';
import { findJava } from './java.js';

const WIRING = fileURLToPath(new URL('server.xml', import.meta.url));
const START_WITHIN_MS = 60_000;

export interface DynamoDBLocal {
  java: string;
  jars: string[];
}

/** Amazon's own server for development, fetched if need be; or why this machine cannot have it. */
export async function findDynamoDBLocal(
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<DynamoDBLocal | { missing: string }> {
  const java = await findJava(env);
  if ('missing' in java) return java;
  const jars = await cachedJars(await listedJars(), env, progress);
  return 'missing' in jars ? jars : { ...java, jars: jars.files };
}

/** Starts it in memory on a free port of 127.0.0.1; it takes any region and credentials. */
export async function startDynamoDBLocal({ java, jars }: DynamoDBLocal): Promise<EmbeddedDynamo> {
  const supervision = await Supervision.open({ name: 'dynamodb-local' });
  const stop = () => supervision.end();
  try {
    const server = await supervision.run(
      java,
      [
        // What it unpacks vanishes with the folder; Java would keep figures of itself elsewhere.
        ...[`-Djava.io.tmpdir=${supervision.folder}`, '-XX:-UsePerfData'],
        ...['-cp', jars.join(path.delimiter), 'org.eclipse.jetty.xml.XmlConfiguration', WIRING],
      ],
      { name: 'DynamoDB Local', cwd: supervision.folder, endSignal: 'SIGKILL' }, // in memory: nothing to finish
    );
    let address: string | undefined;
    const isListening = async () => {
      address = /\{(127\.0\.0\.1:\d+)\}/.exec(await server.log())?.[1];
      return address !== undefined;
    };
    await server.ready(isListening, { withinMs: START_WITHIN_MS });
    return { endpoint: `http://${address}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

import { hostname } from 'node:os';
import { z } from 'zod';
import { type Environment, readSecretFiles } from './config/secretFiles.js';

/**
 * All settings, read once. Temporal's own (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key, `temporal.toml`) are
 * read in config/temporal.ts, AWS's (`AWS_REGION`, credentials, `AWS_ENDPOINT_URL_DYNAMODB`) by its SDK.
 */
export type Config = ReturnType<typeof readConfig>;

const positiveInt = (byDefault: number) => z.coerce.number().int().min(1).default(byDefault);
const flag = (byDefault: boolean) =>
  z
    .enum(['true', 'false'])
    .default(byDefault ? 'true' : 'false')
    .transform((text) => text === 'true');
/** As in Flagsmith, an empty name says that there is no such table. */
const tableName = z.string().default('');

/** What whoever starts workflows has to agree on with the workers. */
const clientSchema = z.object({
  INSTANCE_NAME: z
    .string()
    .regex(/^[\w.-]+$/, 'may hold letters, digits, dot, dash and underscore')
    .default('default'),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default('environment-document-sync'),
  TEMPORAL_UI_URL: z
    .string()
    .regex(/^https?:\/\//, 'must begin with http:// or https://')
    .default('http://localhost:8233'),
  SEEDING_INITIAL_DELAY_MS: positiveInt(1_000),
  SEEDING_MAX_DELAY_MS: positiveInt(60_000),
  SEEDING_MAX_ATTEMPTS: positiveInt(4),
});

const schema = clientSchema.extend({
  DATABASE_URL: z
    .string({ error: 'is missing: the Flagsmith database, postgres://user:password@host:5432/flagsmith' })
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://'),
  ENVIRONMENTS_TABLE_NAME_DYNAMO: tableName,
  ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: tableName,
  IDENTITIES_TABLE_NAME_DYNAMO: tableName,
  SHADOW_TABLE_SUFFIX: z
    .string()
    .regex(/^[\w.-]*$/, 'may hold letters, digits, dot, dash and underscore')
    .default(''),
  DOCUMENT_COMPRESSION: z.enum(['on', 'off', 'auto']).default('on'),
  TEMPORAL_DEPLOYMENT_NAME: z.string().default(''),
  TEMPORAL_WORKER_BUILD_ID: z.string().default(''),
  CREATION_ENABLED: flag(false),
  CREATION_CHUNK_SIZE: positiveInt(200),
  SEEDING_INFERENCE_WINDOW_MS: z.coerce.number().int().min(0).default(60_000),
  WORKER_TASK_SLOTS: z.coerce.number().int().min(2).default(10),
  WORKER_MAX_CACHED_WORKFLOWS: z
    .union([z.literal('auto'), z.coerce.number().int().min(2)], {
      error: 'must be auto, or a whole number of at least 2',
    })
    .default('auto'),
  SWEEP_PAGES_PER_SECOND: z.coerce.number().positive().default(10),
  RELAY_POLL_INTERVAL_MS: positiveInt(50),
  RELAY_BATCH_SIZE: positiveInt(20),
  RELAY_SIGNAL_DEADLINE_MS: positiveInt(5_000),
  HTTP_HOST: z.string().default('0.0.0.0'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9464),
  TEMPORAL_SEARCH_ATTRIBUTES: z.enum(['on', 'off']).default('on'),
  VERIFY_SCHEDULE: z.enum(['on', 'off']).default('on'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

const workerSchema = schema.refine(
  ({ TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: buildId }) => name === '' || buildId !== '',
  {
    path: ['TEMPORAL_WORKER_BUILD_ID'],
    error: 'is missing: TEMPORAL_DEPLOYMENT_NAME has workers versioned by it',
  },
);

const tablesSchema = schema.pick({
  ENVIRONMENTS_TABLE_NAME_DYNAMO: true,
  ENVIRONMENTS_V2_TABLE_NAME_DYNAMO: true,
  IDENTITIES_TABLE_NAME_DYNAMO: true,
  SHADOW_TABLE_SUFFIX: true,
});

/** What a wrong setting is reported as: all of them at once. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  constructor(readonly problems: string[]) {
    super(
      `The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${list(problems)}`,
    );
  }
}

/**
 * @param env usually `process.env`; an empty variable counts as not set
 * @throws {ConfigError} naming every variable that is missing or wrong
 */
export function readConfig(env: Environment) {
  const settings = parse(workerSchema, env);
  return {
    ...toClientConfig(settings),
    databaseUrl: settings.DATABASE_URL,
    ...toTables(settings),
    compression: settings.DOCUMENT_COMPRESSION,
    workerIdentity: `${process.pid}@${hostname()}`,
    deployment: toDeployment(settings),
    creation: { enabled: settings.CREATION_ENABLED, chunkSize: settings.CREATION_CHUNK_SIZE },
    seedingPolicy: { inferenceWindowMs: settings.SEEDING_INFERENCE_WINDOW_MS },
    taskSlots: settings.WORKER_TASK_SLOTS,
    maxCachedWorkflows:
      settings.WORKER_MAX_CACHED_WORKFLOWS === 'auto' ? undefined : settings.WORKER_MAX_CACHED_WORKFLOWS,
    sweepPagesPerSecond: settings.SWEEP_PAGES_PER_SECOND,
    relay: {
      pollIntervalMs: settings.RELAY_POLL_INTERVAL_MS,
      batchSize: settings.RELAY_BATCH_SIZE,
      signalDeadlineMs: settings.RELAY_SIGNAL_DEADLINE_MS,
    },
    http: { host: settings.HTTP_HOST, port: settings.HTTP_PORT },
    registersSearchAttributes: settings.TEMPORAL_SEARCH_ATTRIBUTES === 'on',
    schedulesVerification: settings.VERIFY_SCHEDULE === 'on',
    logLevel: settings.LOG_LEVEL,
  };
}

/**
 * The part of the settings that starting a workflow takes: no database is needed for it.
 *
 * @throws {ConfigError} as `readConfig`
 */
export const readClientConfig = (env: Environment) => toClientConfig(parse(clientSchema, env));

/** The part of the settings that names tables in DynamoDB. */
export const readTables = (env: Environment) => toTables(parse(tablesSchema, env));

/** Every variable read here with its default as it would be set; undefined where it must be set. */
export const describeSettings = (): { name: string; byDefault: string | undefined }[] =>
  Object.entries(schema.shape).map(([name, setting]) => {
    const { data } = setting.safeParse(undefined);
    return { name, byDefault: data === undefined ? undefined : String(data) };
  });

/**
 * `tables` are written to; they are Flagsmith's own unless there is a suffix. From the table of identities, which is Flagsmith's
 * own, those of deleted environments are deleted: but not in shadow mode, where Flagsmith does that itself.
 */
function toTables(settings: z.infer<typeof tablesSchema>) {
  const flagsmithTables = {
    v1: settings.ENVIRONMENTS_TABLE_NAME_DYNAMO || undefined,
    v2: settings.ENVIRONMENTS_V2_TABLE_NAME_DYNAMO || undefined,
  };
  const suffix = settings.SHADOW_TABLE_SUFFIX;
  const shadowOf = (name: string | undefined) => name && name + suffix;
  return {
    flagsmithTables,
    shadowTableSuffix: suffix || undefined,
    tables: { v1: shadowOf(flagsmithTables.v1), v2: shadowOf(flagsmithTables.v2) },
    identitiesTable: suffix ? undefined : settings.IDENTITIES_TABLE_NAME_DYNAMO || undefined,
  };
}

/** The version of a worker, where Temporal is to tell versions apart. */
const toDeployment = (settings: z.infer<typeof schema>) =>
  settings.TEMPORAL_DEPLOYMENT_NAME === ''
    ? undefined
    : { deploymentName: settings.TEMPORAL_DEPLOYMENT_NAME, buildId: settings.TEMPORAL_WORKER_BUILD_ID };

const toClientConfig = (settings: z.infer<typeof clientSchema>) => ({
  instanceName: settings.INSTANCE_NAME,
  taskQueue: settings.TEMPORAL_TASK_QUEUE,
  webUiUrl: settings.TEMPORAL_UI_URL.replace(/\/+$/, ''),
  seedingPolls: {
    initialDelayMs: settings.SEEDING_INITIAL_DELAY_MS,
    maxDelayMs: settings.SEEDING_MAX_DELAY_MS,
    maxAttempts: settings.SEEDING_MAX_ATTEMPTS,
  },
});

function parse<T extends z.ZodObject>(settings: T, variables: Environment): z.infer<T> {
  const { env, problems } = readSecretFiles(variables);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  const ofFiles = [...problems].filter(([name]) => name in settings.shape);
  if (parsed.success && ofFiles.length === 0) return parsed.data;
  const wrong = (parsed.error?.issues ?? []).filter(({ path }) => !problems.has(path.join('.')));
  throw new ConfigError([
    ...ofFiles.map(([, problem]) => problem),
    ...wrong.map(({ path, message }) => `${path.join('.')}: ${message}`),
  ]);
}

/**
 * What all of them read.
 *
 * @throws {ConfigError} with the problems of all, so that whoever starts something gets to know of every one at once
 */
export function readTogether<T extends unknown[]>(...reads: { [I in keyof T]: () => T[I] }): T {
  const problems: string[] = [];
  const read = reads.map((readOne: () => unknown) => {
    try {
      return readOne();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return read as T;
}

const list = (problems: string[]) => problems.map((problem) => `  - ${problem}`).join('\n');

import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/worker';
import { pino, type DestinationStream, type Logger } from 'pino';

/** A logger that writes structlog's JSON form: `event`, `level`, `timestamp` (ISO, UTC), then the fields. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    messageKey: 'event',
    base: null,
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label === 'warn' ? 'warning' : label }) },
  };
  return destination ? pino(options, destination) : pino(options);
}

const pinoLevels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Lets what Temporal, workflows and activities log come out of `logger`, with their ids as fields. */
export function toTemporalLogger(logger: Logger): TemporalLogger {
  const log = (level: LogLevel, message: string, meta: LogMetadata = {}) => {
    const { error, ...fields } = meta;
    // It says nothing to a reader, and is longer than all the rest.
    delete fields['taskToken'];
    logger[pinoLevels[level]](error === undefined ? fields : { ...fields, err: error as unknown }, message);
  };
  const logAs = (level: LogLevel) => (message: string, meta?: LogMetadata) => {
    log(level, message, meta);
  };
  return {
    log,
    trace: logAs('TRACE'),
    debug: logAs('DEBUG'),
    info: logAs('INFO'),
    warn: logAs('WARN'),
    error: logAs('ERROR'),
  };
}

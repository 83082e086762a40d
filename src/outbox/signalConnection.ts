import {
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  type GrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';

const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 500;
/** Temporal that is back is to be told of changes soon: left to itself, gRPC waits for up to two minutes. */
const LONGEST_RECONNECT_MS = 5_000;

/** What the server says of a run that tried to complete while a signal came in: none is taken before its next try. */
const CLOSING = 'workflow is closing';

const usual = defaultGrpcRetryOptions();

/**
 * Refusals by a run that is closing are over within a workflow task, and tried again after milliseconds. The SDK takes
 * them for those of an overloaded server, and waits for a second, which in a burst of changes is most of their delay.
 */
export const signalRetries: GrpcRetryOptions = {
  retryableDecider: (attempt, status) => isByClosing(status) || usual.retryableDecider(attempt, status),
  delayFunction: (attempt, status) =>
    isByClosing(status)
      ? Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LONGEST_RETRY_MS)
      : usual.delayFunction(attempt, status),
};

type Status = Parameters<GrpcRetryOptions['delayFunction']>[1];

const isByClosing = ({ details }: Status): boolean => details.includes(CLOSING);

/** A connection to signal syncs by, each with a deadline. The caller closes it. */
export const connectForSignals = (options: ConnectionOptions): Promise<Connection> =>
  Connection.connect({
    ...options,
    channelArgs: { 'grpc.max_reconnect_backoff_ms': LONGEST_RECONNECT_MS },
    interceptors: [makeGrpcRetryInterceptor(signalRetries)],
  });

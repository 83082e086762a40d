import { ApplicationFailure } from '@temporalio/activity';
import { DocumentTooLargeError } from '../document/encodeDocument.js';
import { UnreadableDocumentError } from '../document/errors.js';
import { HistoryRewoundError, OtherSourceError } from '../dynamo/laterItem.js';
import { failureTypes, type ScheduledChange } from '../workflows/contract.js';

/**
 * What retrying cannot improve says so; everything else stays as it was thrown, and is tried again.
 *
 * @param scheduled goes into the details: the write that fails for good leaves it to whoever is told
 */
export function toWriteFailure(
  error: unknown,
  environmentId: number,
  scheduled: ScheduledChange | undefined,
): Error {
  const type = lastingFailureType(error);
  if (!(error instanceof Error)) return new Error(String(error));
  if (type === undefined) return error;
  return ApplicationFailure.create({
    message: [`Environment ${environmentId}: ${error.message}`, ...remedyOf(type, environmentId)].join(' '),
    type,
    nonRetryable: true,
    details: [{ environmentId, ...(scheduled && { scheduled }) }],
    cause: error,
  });
}

/** The name a failure goes by in events. */
export const failureTypeOf = (error: Error): string =>
  error instanceof ApplicationFailure ? (error.type ?? error.name) : error.name;

/** What the person does who finds the failure, where the fault itself does not say so. */
function remedyOf(type: string, environmentId: number): string[] {
  if (type === failureTypes.unreadableDocument)
    return [
      '(edge servers could not read that). The document was not written, DynamoDB keeps the one before. Put the row ' +
        `right; a change in Flagsmith starts a new attempt, \`envsync rebuild ${environmentId}\` does too.`,
    ];
  if (type === failureTypes.historyRewound)
    return [
      'Make sure that DATABASE_URL names the primary that is in use; then overwrite the item by ' +
        `\`envsync rebuild ${environmentId} --force\`.`,
    ];
  return [];
}

function lastingFailureType(error: unknown): string | undefined {
  if (error instanceof UnreadableDocumentError) return failureTypes.unreadableDocument;
  if (error instanceof DocumentTooLargeError) return failureTypes.documentTooLarge;
  if (error instanceof HistoryRewoundError) return failureTypes.historyRewound;
  if (error instanceof OtherSourceError) return failureTypes.otherSource;
  return undefined;
}

import { type PendingChanges, receiveChanges as receive } from '../../../src/workflows/pendingChanges.js';

/** `src/workflows/pendingChanges.ts` with its one rule turned round: what was signalled is cleared after the read, too. */
export function receiveChanges(carriedOver: string | undefined): PendingChanges {
  const changes = receive(carriedOver);
  return {
    ...changes,
    written() {
      changes.readBegins();
      changes.written();
    },
  };
}

import { createHash } from 'node:crypto';
import { sqlState } from './sqlState.js';

/** PostgreSQL's refusals where a pooler gave the transaction a connection on which somebody else prepared, or nobody. */
const NOT_PREPARED_HERE = new Set(['26000', '42P05', '08P01']);
/** "cached plan must not change result type": Flagsmith has altered a table since. */
const RESULT_TYPE_CHANGED = '0A000';

/**
 * Names for the statements of transactions, by which PostgreSQL keeps their plans: planning took about half of the time of
 * reading a document. Behind a pooler that hands out connections by transaction and knows nothing of prepared
 * statements it does without from the first refusal on.
 */
export class PreparedStatements {
  private readonly names = new Map<string, string>();
  private isGivenUp = false;

  /** @param onGivenUp is told once, when statements are no longer prepared */
  constructor(private readonly onGivenUp: (error: unknown) => void) {}

  /** The same for the same text, in any process: who meets another one's statement on a connection meets his own. */
  nameOf(text: string): string | undefined {
    if (this.isGivenUp) return undefined;
    let name = this.names.get(text);
    if (name === undefined) {
      name = `document_sync_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
      this.names.set(text, name);
    }
    return name;
  }

  /** Whether a connection on which a transaction failed holds statements that would fail again. */
  areSpoiltBy(error: unknown): boolean {
    const state = sqlState(error) ?? '';
    if (NOT_PREPARED_HERE.has(state) && !this.isGivenUp) {
      this.isGivenUp = true;
      this.onGivenUp(error);
    }
    return NOT_PREPARED_HERE.has(state) || state === RESULT_TYPE_CHANGED;
  }
}

import type { Metrics } from '../telemetry/metrics.js';
import {
  DRIFT_KINDS,
  type DriftKind,
  type EnvironmentVerification,
  isInItems,
  type VerifyOutcome,
} from './verification.js';

/** The verdict on a part of what there is of an environment: its items, what it left behind, what PostgreSQL lacks. */
export interface PartVerdict {
  outcome: VerifyOutcome;
  drift: DriftKind[];
  /** Nothing of the drift is left. */
  repaired: boolean;
  reason?: string;
  altered?: true;
}

export const CURRENT: PartVerdict = { outcome: 'current', drift: [], repaired: false };

/** Of several parts the one that most needs somebody to look at it speaks for all. */
const PRECEDENCE: VerifyOutcome[] = ['refused', 'held', 'on_its_way', 'drifted', 'current', 'not_written'];

export function combine(parts: PartVerdict[]): PartVerdict {
  const [worst = CURRENT] = [...parts].sort(
    (a, b) => PRECEDENCE.indexOf(a.outcome) - PRECEDENCE.indexOf(b.outcome),
  );
  const found = new Set(parts.flatMap(({ drift }) => drift));
  const mendable = parts.filter(({ drift }) => isInItems(drift));
  return {
    ...worst,
    drift: DRIFT_KINDS.filter((kind) => found.has(kind)),
    repaired: mendable.length > 0 && mendable.every(({ repaired }) => repaired),
    ...(parts.some(({ altered }) => altered) && { altered: true }),
  };
}

/** Counts each kind of drift once for the environment. */
export function countDrift(metrics: Metrics, { drift }: EnvironmentVerification): void {
  for (const kind of drift) metrics.flagsmith_environment_document_drift_total.inc({ kind });
}

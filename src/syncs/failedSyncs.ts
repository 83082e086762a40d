import { readEnvironmentKeys } from '../db/environmentKeys.js';
import { inOrder } from '../sweeps/inOrder.js';
import type { SyncsAccess } from './access.js';
import { listSyncs, UNSUCCESSFUL } from './listSyncs.js';
import { SYNCS_AT_A_TIME } from './stuckSyncs.js';
import { writtenAtMs, type WrittenDeps } from './writtenSince.js';

/** Environments whose sync ended without success, and whose document nobody wrote since. */
export interface FailedSyncsState {
  environments: number;
  /** Since when it is so of the first of them, whatever failed after that; 0 without any. */
  oldestSeconds: number;
}

export interface FailedSyncsDeps extends SyncsAccess, WrittenDeps {}

/** Looks again and again, and asks each time about those environments only whose failures were not healed before. */
export class FailedSyncs {
  private healedAtMs = new Map<number, number>();

  constructor(private readonly deps: FailedSyncsDeps) {}

  async look(): Promise<FailedSyncsState> {
    const failures = await this.listFailures();
    const known = this.healedAtMs;
    // Whose failures Temporal no longer lists is forgotten.
    this.healedAtMs = new Map([...known].filter(([environmentId]) => failures.has(environmentId)));
    const lasting = [...failures].filter(
      ([environmentId, ended]) => this.unhealed(environmentId, ended).length,
    );
    await this.askWhetherHealed(lasting.map(([environmentId]) => environmentId));

    const since = lasting.flatMap(([environmentId, ended]) => {
      const unhealed = this.unhealed(environmentId, ended);
      return unhealed.length > 0 ? [Math.min(...unhealed)] : [];
    });
    const oldestSeconds = since.length > 0 ? Math.max(Date.now() - Math.min(...since), 0) / 1_000 : 0;
    return { environments: since.length, oldestSeconds };
  }

  /** When the runs ended that did not succeed, by environment. */
  private async listFailures(): Promise<Map<number, number[]>> {
    const failures = new Map<number, number[]>();
    for await (const { environmentId, endedAt } of listSyncs(this.deps, UNSUCCESSFUL))
      if (endedAt !== null)
        failures.set(environmentId, [...(failures.get(environmentId) ?? []), Date.parse(endedAt)]);
    return failures;
  }

  private unhealed(environmentId: number, endedAtMs: number[]): number[] {
    const healedAt = this.healedAtMs.get(environmentId) ?? -Infinity;
    return endedAtMs.filter((endedAt) => endedAt > healedAt);
  }

  private async askWhetherHealed(environmentIds: number[]): Promise<void> {
    const keys = new Map(
      (await readEnvironmentKeys(this.deps.db, environmentIds)).map((key) => [key.id, key]),
    );
    const asked = inOrder(environmentIds, SYNCS_AT_A_TIME, async (environmentId) => {
      const key = keys.get(environmentId);
      const writtenAt = key && (await writtenAtMs(this.deps, key));
      const completedAt = await this.completedAtMs(environmentId);
      return { environmentId, healedAt: Math.max(writtenAt ?? -Infinity, completedAt) };
    });
    for await (const { environmentId, healedAt } of asked) this.healedAtMs.set(environmentId, healedAt);
  }

  /** Not each sync that succeeds leaves a document: of a deleted environment, or of a project without DynamoDB. */
  private async completedAtMs(environmentId: number): Promise<number> {
    for await (const { endedAt } of listSyncs(this.deps, ['Completed'], environmentId))
      if (endedAt !== null) return Date.parse(endedAt);
    return -Infinity;
  }
}

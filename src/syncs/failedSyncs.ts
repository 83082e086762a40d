import { WorkflowNotFoundError } from '@temporalio/client';
import { type EnvironmentKey, readEnvironmentKeys } from '../db/environmentKeys.js';
import { inOrder } from '../sweeps/inOrder.js';
import { syncWorkflowId } from '../workflows/contract.js';
import { inTime, type SyncsAccess } from './access.js';
import { listSyncs, UNSUCCESSFUL } from './listSyncs.js';
import { SYNCS_AT_A_TIME } from './stuckSyncs.js';
import { writtenAtMs, type WrittenDeps } from './writtenSince.js';

/** Environments whose sync ended without success, and whose document nobody is known to have written since. */
export interface FailedSyncsState {
  environments: number;
  /** Since when it is so of the first of them, whatever failed after that; 0 without any. */
  oldestSeconds: number;
}

export interface FailedSyncsDeps extends SyncsAccess, WrittenDeps {}

interface Asked {
  healedAtMs: number;
  /** The look that asked last. */
  inLook: number;
}

/** A flag that nobody clears may hold thousands of environments, and to ask about one is to read its item. */
const ASKED_IN_A_LOOK = 100;

/** Looks again and again, and asks each time only about environments that are not known to be healed, in turn. */
export class FailedSyncs {
  private readonly asked = new Map<number, Asked>();
  private looks = 0;

  constructor(
    private readonly deps: FailedSyncsDeps,
    private readonly askedInALook = ASKED_IN_A_LOOK,
  ) {}

  async look(): Promise<FailedSyncsState> {
    this.looks++;
    const failures = await this.listFailures();
    for (const environmentId of this.asked.keys())
      if (!failures.has(environmentId)) this.asked.delete(environmentId);
    await this.askWhetherHealed([...this.unhealedIn(failures).keys()]);
    const since = [...this.unhealedIn(failures).values()];
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

  /** The first failure since the last success that is known of, by environment. */
  private unhealedIn(failures: Map<number, number[]>): Map<number, number> {
    const unhealed = new Map<number, number>();
    for (const [environmentId, endedAtMs] of failures) {
      const healedAtMs = this.asked.get(environmentId)?.healedAtMs ?? -Infinity;
      const later = endedAtMs.filter((endedAt) => endedAt > healedAtMs);
      if (later.length > 0) unhealed.set(environmentId, Math.min(...later));
    }
    return unhealed;
  }

  private async askWhetherHealed(environmentIds: number[]): Promise<void> {
    const lastAsked = (environmentId: number) => this.asked.get(environmentId)?.inLook ?? 0;
    const next = environmentIds.sort((a, b) => lastAsked(a) - lastAsked(b)).slice(0, this.askedInALook);
    const keys = new Map((await readEnvironmentKeys(this.deps.db, next)).map((key) => [key.id, key]));
    const asking = inOrder(next, SYNCS_AT_A_TIME, async (environmentId) => ({
      environmentId,
      healedAtMs: await this.healedAtMs(environmentId, keys.get(environmentId)),
    }));
    for await (const { environmentId, healedAtMs } of asking)
      this.asked.set(environmentId, { healedAtMs, inLook: this.looks });
  }

  /** Not each sync that succeeds leaves a document: of a deleted environment, or of a project without DynamoDB. */
  private async healedAtMs(environmentId: number, key: EnvironmentKey | undefined): Promise<number> {
    const knownBefore = this.asked.get(environmentId)?.healedAtMs ?? -Infinity;
    const writtenAt = (key && (await writtenAtMs(this.deps, key))) ?? -Infinity;
    return Math.max(knownBefore, writtenAt, await this.completedAtMs(environmentId));
  }

  private async completedAtMs(environmentId: number): Promise<number> {
    const { client, instanceName } = this.deps;
    const last = client.workflow.getHandle(syncWorkflowId(instanceName, environmentId));
    try {
      const { status, closeTime } = await inTime(client, () => last.describe());
      return status.name === 'COMPLETED' && closeTime ? closeTime.getTime() : -Infinity;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return -Infinity;
      throw error;
    }
  }
}

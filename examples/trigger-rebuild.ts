/**
 * Has the documents of a project written anew, follows that, and tells what was left:
 *
 *   npx tsx examples/trigger-rebuild.ts 7
 *
 * Reads `TEMPORAL_ADDRESS`, `INSTANCE_NAME` and the other variables that `envsync rebuild` reads. Started again while the
 * rebuild is under way, it follows the same one. Status 0: every document is current; 1: some were left to their own
 * syncs, or the rebuild failed; 2: there is no project id.
 */
import { followSweep, readClientConfig, startRebuildSweep, withTemporal } from 'environment-document-sync';

const projectId = Number(process.argv[2]);
if (!Number.isInteger(projectId) || projectId < 1) {
  console.error('Give the id of a project: trigger-rebuild.ts 7');
  process.exit(2);
}

const { done, attention, attentionCount } = await withTemporal(async (client) => {
  const rebuild = await startRebuildSweep(client, readClientConfig(process.env), { projectId });
  console.log(`Following ${rebuild.workflowId}. Ctrl-C ends this script only.`);
  return await followSweep(rebuild, (progress) => {
    console.log(`${progress.state}: ${progress.done} of ${progress.total}`);
  });
});

console.log(`${done - attentionCount} of ${done} documents are current.`);
for (const { environmentId, outcome, failure } of attention)
  console.log(
    `Left: environment ${environmentId}, ${failure ? `${failure.type}: ${failure.message}` : outcome}`,
  );
process.exitCode = attentionCount > 0 ? 1 : 0;

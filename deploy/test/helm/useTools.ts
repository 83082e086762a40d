import { rmSync } from 'node:fs';
import { findTools, type Tools } from '../../check/tools.js';

let finding: ReturnType<typeof findTools> | undefined;

/** Helm and kubeconform, for the tests of the calling `describe`; without Go they are skipped, and it says why. */
export function useTools(): Tools {
  const tools = {} as Tools;
  before(async function () {
    this.timeout(3_600_000); // The first run builds both.
    const found = await (finding ??= findOnce());
    if ('missing' in found) {
      console.log(`        skipped: ${found.missing}`);
      this.skip();
    }
    Object.assign(tools, found);
  });
  return tools;
}

async function findOnce() {
  const found = await findTools();
  if ('schemas' in found)
    process.once('exit', () => {
      rmSync(found.schemas, { recursive: true, force: true });
    });
  return found;
}

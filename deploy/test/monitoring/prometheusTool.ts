import { cachedGoTool, findGoTool, type GoTool, whyNoGo } from '../../check/goTool.js';

/** As the Go module that releases of Prometheus 3 are published as. */
const programOf = (name: string): GoTool => ({
  name,
  module: `github.com/prometheus/prometheus/cmd/${name}`,
  version: 'v0.316.0',
  // The service discovery takes the SDKs of all clouds to build, and is not needed here.
  flags: ['-tags=remove_all_sd'],
  ask: ['--version'],
  answer: /./,
});

/** Where a program of Prometheus's is, or why it is not to be had here. */
export type PrometheusTool = { command: string } | { missing: string };

const progress = (line: string) => {
  console.log(`    ${line}`);
};

/** The one on PATH, one built before, or one built now, which takes some minutes once. */
export async function findPromtool(env = process.env): Promise<PrometheusTool> {
  const promtool = programOf('promtool');
  const command = await cachedGoTool(promtool, env);
  if (command !== undefined) return { command };
  const missing = await whyNoGo();
  if (missing !== undefined) return { missing: `promtool is not on PATH, and ${missing}` };
  return { command: await findGoTool(promtool, progress, env) };
}

/**
 * The server on PATH, or one built before. With `BUILD_PROMETHEUS=true` it is built, which takes ten minutes on two cores: more
 * than everybody who runs these tests would wait.
 */
export async function findPrometheus(env = process.env): Promise<PrometheusTool> {
  const prometheus = programOf('prometheus');
  const command = await cachedGoTool(prometheus, env);
  if (command !== undefined) return { command };
  if (env['BUILD_PROMETHEUS'] !== 'true')
    return { missing: 'prometheus is not on PATH (BUILD_PROMETHEUS=true has Go build it)' };
  return { command: await findGoTool(prometheus, progress, env) };
}

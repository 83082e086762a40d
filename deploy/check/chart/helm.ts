import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { CHART, type Values } from './files.js';

/** A Helm that was built by `go install` takes Kubernetes to be of 2020 unless told. */
export const KUBE_VERSION = ['--kube-version', '1.29.0'];

/** A command that did not go through without a word: `message` is what it said. */
export class HelmRefused extends Error {
  override name = 'HelmRefused';
}

/** Runs Helm with the values on standard input; a warning is a refusal too. */
export async function runHelm(helm: string, args: string[], values: Values): Promise<string> {
  const child = spawn(helm, [...args, '--values', '-'], { stdio: 'pipe' });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  // JSON: in Helm's YAML a bare "off" is false.
  child.stdin.end(JSON.stringify(values));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [stdout, stderr] = await output;
  if (status !== 0 || stderr !== '') throw new HelmRefused(`helm ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** What would be installed, as YAML; throws with what Helm says if it refuses or warns. */
export const render = (helm: string, values: Values, chart = CHART): Promise<string> =>
  runHelm(helm, ['template', 'documents', chart, '--namespace', 'flagsmith', ...KUBE_VERSION], values);

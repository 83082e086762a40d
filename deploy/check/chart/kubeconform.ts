import { spawnSync } from 'node:child_process';
import path from 'node:path';

interface Report {
  resources: { filename: string; kind: string; name: string; status: string; msg: string }[] | null;
  summary: { valid: number; invalid: number; errors: number; skipped: number };
}

/** What is wrong with the YAML files in the folder, a line each, and how many objects there are. */
export function validate(
  kubeconform: string,
  schemas: string,
  folder: string,
): { problems: string[]; objects: number } {
  const location = path.join(schemas, '{{.ResourceKind}}{{.KindSuffix}}.json');
  const args = ['-strict', '-summary', '-output', 'json', '-schema-location', location, folder];
  const { stdout, stderr, error } = spawnSync(kubeconform, args, {
    encoding: 'utf8',
    maxBuffer: 100 * 1024 * 1024,
  });
  if (error) throw error;
  if (stderr !== '') throw new Error(`kubeconform: ${stderr}`);
  const { resources, summary } = JSON.parse(stdout) as Report;
  return {
    problems: (resources ?? []).map(
      ({ filename, kind, name, status, msg }) =>
        `${path.basename(filename)}: ${kind} ${name}: ${status}: ${msg}`,
    ),
    objects: summary.valid + summary.invalid + summary.errors + summary.skipped,
  };
}

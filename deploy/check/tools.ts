import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findGoTool, type GoTool, whyNoGo } from './goTool.js';
import { writeSchemas } from './schemas/writeSchemas.js';

export interface Tools {
  helm: string;
  kubeconform: string;
  /** A folder with a folder of JSON Schemas for each version of Kubernetes. */
  schemas: string;
}

const HELM: GoTool = {
  name: 'helm',
  module: 'helm.sh/helm/v3/cmd/helm',
  version: 'v3.22.0',
  ask: ['version', '--template', '{{.Version}}'],
  // Older ones word what the schema refuses in another way.
  answer: /^v3\.(1[89]|[2-9]\d)/,
};

const KUBECONFORM: GoTool = {
  name: 'kubeconform',
  module: 'github.com/yannh/kubeconform/cmd/kubeconform',
  version: 'v0.8.0',
  ask: ['-v'],
  // Go installs it as "development".
  answer: /^(v0\.[7-9]|development)/,
};

/** What the chart is checked with; `missing` says why it cannot be, where there is no Go to install it with. */
export async function findTools(): Promise<Tools | { missing: string }> {
  const missing = await whyNoGo();
  if (missing !== undefined) return { missing };
  const progress = (line: string) => {
    console.log(line);
  };
  const helm = await findGoTool(HELM, progress);
  const kubeconform = await findGoTool(KUBECONFORM, progress);
  const schemas = await mkdtemp(path.join(tmpdir(), 'kubernetes-schemas-'));
  await writeSchemas(schemas, progress);
  return { helm, kubeconform, schemas };
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { Progress } from '../../../src/embedded/progress.js';
import { goModuleFolder } from '../goModule.js';
import { type CustomResourceDefinition, customResourceSchema } from './customResource.js';
import { type Kind, kubernetesDefinitions, kubernetesSchema, type Swagger } from './kubernetes.js';
import type { Definitions, Schema } from './strictSchema.js';

const PROMETHEUS_OPERATOR = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';

/** The newest Kubernetes, and the oldest that Chart.yaml allows. */
export const KUBERNETES_VERSIONS = ['v1.37.2', 'v1.29.0'];

const KINDS: Kind[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
];
const CUSTOM_KINDS = { ServiceMonitor: 'servicemonitors', PrometheusRule: 'prometheusrules' };

/** Writes a file for each kind that the chart makes, in a folder for each version of Kubernetes. */
export async function writeSchemas(folder: string, progress: Progress): Promise<void> {
  const customResources = await readCustomResources(progress);
  for (const version of KUBERNETES_VERSIONS) {
    const definitions = await readKubernetes(version, progress);
    const schemas = [
      ...KINDS.map((kind) => ({ ...kind, schema: kubernetesSchema(definitions, kind) })),
      ...customResources.map((resource) => ({
        apiVersion: 'monitoring.coreos.com/v1',
        kind: resource.spec.names.kind,
        schema: customResourceSchema(resource, 'v1', definitions),
      })),
    ];
    await mkdir(path.join(folder, version));
    for (const { schema, ...kind } of schemas)
      await writeFile(path.join(folder, version, fileOf(kind)), JSON.stringify(pinned(schema, kind)));
  }
}

async function readKubernetes(version: string, progress: Progress): Promise<Definitions> {
  const sources = await goModuleFolder(`k8s.io/kubernetes@${version}`, progress);
  const file = path.join(sources, 'api/openapi-spec/swagger.json');
  return kubernetesDefinitions(JSON.parse(await readFile(file, 'utf8')) as Swagger);
}

async function readCustomResources(progress: Progress): Promise<CustomResourceDefinition[]> {
  const sources = await goModuleFolder(PROMETHEUS_OPERATOR, progress);
  const folder = path.join(sources, 'example/prometheus-operator-crd');
  return Promise.all(
    Object.values(CUSTOM_KINDS).map(async (plural) => {
      const file = path.join(folder, `monitoring.coreos.com_${plural}.yaml`);
      return parse(await readFile(file, 'utf8')) as CustomResourceDefinition;
    }),
  );
}

/** Kubernetes demands both, and its specification does not. */
const pinned = (schema: Schema, { apiVersion, kind }: Kind): Schema => ({
  ...schema,
  required: [...((schema['required'] ?? []) as string[]), 'apiVersion', 'kind', 'metadata'],
  properties: { ...schema.properties, apiVersion: { enum: [apiVersion] }, kind: { enum: [kind] } },
});

/** Where kubeconform looks for it: `{{.ResourceKind}}{{.KindSuffix}}.json`. */
function fileOf({ apiVersion, kind }: Kind): string {
  const [group = '', ...version] = apiVersion.split('/');
  return `${[kind, group.split('.')[0], ...version].join('-').toLowerCase()}.json`;
}

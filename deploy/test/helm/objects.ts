import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';

type Labels = Record<string, string>;

export interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}

export interface Container {
  image: string;
  args: string[];
  env: Variable[];
  ports?: { name: string; containerPort: number }[];
  securityContext: object;
  startupProbe?: { httpGet: object };
  livenessProbe?: { httpGet: object };
  readinessProbe?: { httpGet: object };
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface Pod {
  metadata: { labels: Labels; annotations?: Labels };
  spec: {
    automountServiceAccountToken: boolean;
    enableServiceLinks: boolean;
    containers: [Container];
    securityContext: object;
    serviceAccountName?: string;
    terminationGracePeriodSeconds?: number;
    topologySpreadConstraints?: { labelSelector: { matchLabels: Labels } }[];
    volumes?: { name: string; secret?: { secretName: string; items: { key: string; path: string }[] } }[];
  };
}

interface Selector {
  matchLabels: Labels;
}

/** What is looked at here of an object, of whatever kind. */
export interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace: string; labels: Labels; annotations?: Labels };
  automountServiceAccountToken?: boolean;
  spec: {
    template: Pod;
    selector: Selector & Labels;
    podSelector: Selector;
    replicas?: number;
    scaleTargetRef: { name: string };
    ingress: object[];
    egress: { to?: object[]; ports: object[] }[];
    groups: object[];
  };
}

export const objectsIn = (yaml: string): KubernetesObject[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);

/** The one of that kind, and where there are several, of that name's ending. */
export function theOnly(objects: KubernetesObject[], kind: string, ending = ''): KubernetesObject {
  const [object, ...more] = objects.filter(
    (candidate) => candidate.kind === kind && candidate.metadata.name.endsWith(ending),
  );
  assert.ok(object && more.length === 0, `${more.length + (object ? 1 : 0)} of kind ${kind}`);
  return object;
}

/** Whether a selector of these labels takes something with those. */
export const selects = (selector: Labels, labels: Labels): boolean =>
  Object.keys(selector).length > 0 &&
  Object.entries(selector).every(([name, value]) => labels[name] === value);

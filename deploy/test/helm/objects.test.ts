import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { CHART, readChartFile, readMinimalValues, type Values } from '../../check/chart/files.js';
import { KUBE_VERSION, render, runHelm } from '../../check/chart/helm.js';
import { readOptions, setValue, valuesAll } from '../../check/chart/options.js';
import { type Container, type KubernetesObject, objectsIn, selects, theOnly } from './objects.js';
import { useTools } from './useTools.js';

const WORKER = 'documents-environment-document-sync';
const allOn = () => valuesAll(true, readOptions());

describe("The chart's objects", () => {
  const tools = useTools();
  const objects = async (values: Values) => objectsIn(await render(tools.helm, values));
  const objectsWith = (settings: Record<string, unknown>) => {
    const values = readMinimalValues();
    for (const [name, value] of Object.entries(settings)) setValue(values, name.split('.'), value);
    return objects(values);
  };

  describe('of the worker', () => {
    it('run it behind probes, with time to stop in order', async () => {
      const { spec } = theOnly(await objects(readMinimalValues()), 'Deployment').spec.template;
      const [worker] = spec.containers;
      assert.deepEqual(worker.args, ['worker']);
      assert.deepEqual(worker.ports, [{ name: 'http', containerPort: 9464 }]);
      assert.deepEqual(worker.startupProbe?.httpGet, { path: '/healthz', port: 'http' });
      assert.deepEqual(worker.livenessProbe?.httpGet, { path: '/healthz', port: 'http' });
      assert.deepEqual(worker.readinessProbe?.httpGet, { path: '/readyz', port: 'http' });
      assert.equal(spec.terminationGracePeriodSeconds, 45);
    });

    it('leave the number of replicas to an autoscaler', async () => {
      assert.equal(theOnly(await objects(readMinimalValues()), 'Deployment').spec.replicas, 2);
      assert.equal(theOnly(await objects(allOn()), 'Deployment').spec.replicas, undefined);
    });

    it('give its account the IAM role', async () => {
      const roleArn = 'arn:aws:iam::123456789012:role/documents';
      const account = theOnly(await objectsWith({ 'serviceAccount.roleArn': roleArn }), 'ServiceAccount');
      assert.deepEqual(account.metadata.annotations, { 'eks.amazonaws.com/role-arn': roleArn });
      assert.equal(account.automountServiceAccountToken, false);
    });

    it('select it, and not the migrate Job', async () => {
      for (const values of [readMinimalValues(), allOn()]) {
        const made = await objects(values);
        const { labels } = theOnly(made, 'Deployment').spec.template.metadata;
        const ofMigrate = theOnly(made, 'Job').spec.template.metadata.labels;
        for (const selector of workerSelectors(made)) {
          assert.ok(selects(selector, labels), JSON.stringify(selector));
          assert.ok(!selects(selector, ofMigrate), JSON.stringify(selector));
        }
      }
    });

    it('are found by each other', async () => {
      const made = await objects({ ...allOn(), fullnameOverride: '', nameOverride: '' });
      assert.equal(theOnly(made, 'HorizontalPodAutoscaler').spec.scaleTargetRef.name, WORKER);
      const { selector } = theOnly(made, 'ServiceMonitor').spec;
      assert.ok(selects(selector.matchLabels, theOnly(made, 'Service').metadata.labels));
    });
  });

  describe('of the migrate Job', () => {
    it('run it before each install and upgrade, behind its NetworkPolicy', async () => {
      const made = await objects(allOn());
      const hook = 'pre-install,pre-upgrade';
      const job = theOnly(made, 'Job');
      assert.equal(job.metadata.annotations?.['helm.sh/hook'], hook);
      assert.equal(job.metadata.annotations['helm.sh/hook-weight'], '0');
      const policy = theOnly(made, 'NetworkPolicy', '-migrate');
      assert.equal(policy.metadata.annotations?.['helm.sh/hook'], hook);
      assert.equal(policy.metadata.annotations['helm.sh/hook-weight'], '-1');
      assert.ok(selects(policy.spec.podSelector.matchLabels, job.spec.template.metadata.labels));
      for (const { metadata } of [job, policy])
        assert.equal(
          metadata.annotations?.['helm.sh/hook-delete-policy'],
          'before-hook-creation,hook-succeeded',
        );
    });

    it('need nothing that is made after it', async () => {
      const made = await objects(readMinimalValues());
      const { spec } = theOnly(made, 'Job').spec.template;
      assert.equal(spec.serviceAccountName, undefined);
      assert.equal(spec.volumes, undefined);
    });

    it('log it in to the database as somebody else', async () => {
      const made = await objects(readMinimalValues());
      assert.deepEqual(variable(made, 'Job', 'DATABASE_URL'), {
        valueFrom: { secretKeyRef: { name: 'migrate-database', key: 'DATABASE_URL' } },
      });
      assert.deepEqual(variable(made, 'Deployment', 'DATABASE_URL'), {
        valueFrom: { secretKeyRef: { name: 'worker-database', key: 'DATABASE_URL' } },
      });
    });

    it('hand on its options', async () => {
      const made = await objectsWith({ 'migrate.args': ['--without-net'] });
      assert.deepEqual(containerOf(made, 'Job').args, ['migrate', '--without-net']);
    });
  });

  for (const kind of ['Deployment', 'Job']) {
    it(`meet the Pod Security Standard "restricted", and write nowhere: ${kind}`, async () => {
      const { spec } = theOnly(await objects(readMinimalValues()), kind).spec.template;
      assert.equal(spec.automountServiceAccountToken, false);
      assert.equal(spec.enableServiceLinks, false);
      assert.deepEqual(spec.securityContext, {
        ...{ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
        seccompProfile: { type: 'RuntimeDefault' },
      });
      assert.deepEqual(spec.containers[0].securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    });

    it(`take secrets by reference alone: ${kind}`, async () => {
      const made = await objects(allOn());
      assert.deepEqual(Object.keys(variable(made, kind, 'DATABASE_URL')), ['valueFrom']);
      assert.deepEqual(variable(made, kind, 'TEMPORAL_API_KEY'), {
        valueFrom: { secretKeyRef: { name: 'temporal-api-key', key: 'token' } },
      });
      assert.equal(made.filter((object) => object.kind === 'Secret').length, 0);
    });

    it(`mount certificates where variables say that they are: ${kind}`, async () => {
      const made = await objects(allOn());
      const files = mountedFiles(made, kind);
      assert.deepEqual(files, {
        '/etc/environment-document-sync/postgresql-ca/ca.crt': 'postgresql-ca root.pem',
        '/etc/environment-document-sync/temporal-client/tls.crt': 'temporal-client client.pem',
        '/etc/environment-document-sync/temporal-client/tls.key': 'temporal-client client.key',
        '/etc/environment-document-sync/temporal-ca/ca.crt': 'temporal-ca root.pem',
      });
      for (const name of ['CLIENT_CERT', 'CLIENT_KEY', 'SERVER_CA_CERT']) {
        const { value = '' } = variable(made, kind, `TEMPORAL_TLS_${name}_PATH`);
        assert.ok(value in files, value);
      }
    });

    it(`write settings as they are given: ${kind}`, async () => {
      const made = await objectsWith({
        'config.SEEDING_INFERENCE_WINDOW_MS': 3_600_000,
        'config.SWEEP_PAGES_PER_SECOND': 2.5,
        'config.CREATION_ENABLED': true,
        'config.DOCUMENT_COMPRESSION': 'off',
        'config.ENVIRONMENTS_TABLE_NAME_DYNAMO': 'a "b" {{ c }}',
      });
      assert.equal(variable(made, kind, 'SEEDING_INFERENCE_WINDOW_MS').value, '3600000');
      assert.equal(variable(made, kind, 'SWEEP_PAGES_PER_SECOND').value, '2.5');
      assert.equal(variable(made, kind, 'CREATION_ENABLED').value, 'true');
      assert.equal(variable(made, kind, 'DOCUMENT_COMPRESSION').value, 'off');
      assert.equal(variable(made, kind, 'ENVIRONMENTS_TABLE_NAME_DYNAMO').value, 'a "b" {{ c }}');
    });

    it(`run the image that is named: ${kind}`, async () => {
      const repository = 'registry.example.com/environment-document-sync';
      const image = async (settings: Values) => containerOf(await objectsWith(settings), kind).image;
      const { appVersion } = parse(readChartFile('Chart.yaml')) as { appVersion: string };
      assert.equal(await image({}), `${repository}:${appVersion}`);
      assert.equal(await image({ 'image.tag': '1' }), `${repository}:1`);
      const digest = `sha256:${'0'.repeat(64)}`;
      assert.equal(await image({ 'image.tag': '1', 'image.digest': digest }), `${repository}@${digest}`);
    });
  }

  describe('of the network', () => {
    it('let nobody in who is not named', async () => {
      const policy = theOnly(await objectsWith({ 'networkPolicy.enabled': true }), 'NetworkPolicy', '-sync');
      assert.deepEqual(policy.spec.ingress, []);
    });

    it('let in whoever scrapes, to the port of the metrics', async () => {
      const from = [{ podSelector: { matchLabels: { app: 'prometheus' } } }];
      const made = await objectsWith({ 'networkPolicy.enabled': true, 'networkPolicy.metricsFrom': from });
      assert.deepEqual(theOnly(made, 'NetworkPolicy', '-sync').spec.ingress, [
        { from, ports: [{ port: 'http', protocol: 'TCP' }] },
      ]);
      assert.deepEqual(theOnly(made, 'NetworkPolicy', '-migrate').spec.ingress, []);
    });

    it('let out to DNS, PostgreSQL and Temporal, and workers to AWS', async () => {
      const to = [{ ipBlock: { cidr: '10.0.0.7/32' } }];
      const made = await objectsWith({
        'networkPolicy.enabled': true,
        'networkPolicy.egress.postgresql.to': to,
      });
      const tcp = (port: number) => ({ port, protocol: 'TCP' });
      const common = [
        { ports: [{ port: 53, protocol: 'UDP' }, tcp(53)] },
        { ports: [tcp(5432)], to },
        { ports: [tcp(7233)] },
      ];
      assert.deepEqual(theOnly(made, 'NetworkPolicy', '-migrate').spec.egress, common);
      assert.deepEqual(theOnly(made, 'NetworkPolicy', '-sync').spec.egress, [
        ...common,
        { ports: [tcp(443)] },
      ]);
    });
  });

  it('take the alerts over as they are', async () => {
    const rule = theOnly(await objectsWith({ 'prometheusRule.enabled': true }), 'PrometheusRule');
    assert.deepEqual(rule.spec, parse(readChartFile('files/alerts.yaml')));
  });

  it('link the alerts to where the runbooks are read', async () => {
    const runbooksUrl = 'https://wiki.example.com/runbooks';
    const values = { 'prometheusRule.enabled': true, 'prometheusRule.runbooksUrl': runbooksUrl };
    const { spec } = theOnly(await objectsWith(values), 'PrometheusRule');
    const { groups } = spec as { groups: { rules: { annotations: { runbook_url: string } }[] }[] };
    const links = groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.runbook_url));
    assert.ok(links.length > 10);
    for (const link of links) assert.match(link, /^https:\/\/wiki\.example\.com\/runbooks#\w+$/);
  });

  it('are named in the limits of Kubernetes, whatever the release is called', async () => {
    const release = 'r'.repeat(53);
    const made = objectsIn(await runHelm(tools.helm, ['template', release, CHART, ...KUBE_VERSION], allOn()));
    for (const { metadata } of [
      ...made,
      ...objectsIn(
        await runHelm(tools.helm, ['template', release, CHART, ...KUBE_VERSION], readMinimalValues()),
      ),
    ])
      assert.ok(metadata.name.length <= 63, metadata.name);
  });

  it('are followed by notes with the next three commands', async () => {
    const notes = await renderNotes(tools.helm, readMinimalValues());
    const commands = notes.match(
      /kubectl --namespace flagsmith exec deploy\/documents-\S+ -- node dist\/cli\/main\.js \w+/g,
    );
    assert.deepEqual(
      commands?.map((command) => command.split(' ').at(-1)),
      ['doctor', 'rebuild', 'stuck'],
    );
    assert.match(notes, /ENVIRONMENTS_TABLE_NAME_DYNAMO is not set/);
  });
});

/** Helm shows them at an installation only: here they are the text of an object in a copy of the chart. */
async function renderNotes(helm: string, values: Values): Promise<string> {
  const copy = mkdtempSync(path.join(tmpdir(), 'chart-notes-'));
  try {
    cpSync(CHART, copy, { recursive: true });
    const notes = `{{ define "notes" }}${readChartFile('templates/NOTES.txt')}{{ end }}`;
    const object = 'kind: Notes\nmetadata: { name: notes }\ntext: {{ include "notes" . | toJson }}\n';
    writeFileSync(path.join(copy, 'templates/notes.yaml'), `${notes}\n${object}`);
    const made = theOnly(objectsIn(await render(helm, values, copy)), 'Notes');
    return (made as unknown as { text: string }).text;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const containerOf = (objects: KubernetesObject[], kind: string): Container =>
  theOnly(objects, kind).spec.template.spec.containers[0];

/** Where the one of that name has its value from. */
function variable(objects: KubernetesObject[], kind: string, wanted: string) {
  const [found, ...more] = containerOf(objects, kind).env.filter(({ name }) => name === wanted);
  assert.ok(found && more.length === 0, `${wanted}: ${more.length + (found ? 1 : 0)} times`);
  const { value, valueFrom } = found;
  return value === undefined ? { valueFrom } : { value };
}

/** Each file of a Secret by its path in the container, with the Secret's name and key. */
function mountedFiles(objects: KubernetesObject[], kind: string): Record<string, string> {
  const { volumes = [] } = theOnly(objects, kind).spec.template.spec;
  const mounts = containerOf(objects, kind).volumeMounts ?? [];
  return Object.fromEntries(
    mounts.flatMap(({ name, mountPath }) => {
      const secret = volumes.find((volume) => volume.name === name)?.secret;
      return (secret?.items ?? []).map(({ key, path }) => [
        `${mountPath}/${path}`,
        `${secret?.secretName ?? ''} ${key}`,
      ]);
    }),
  );
}

/** All that picks workers out by their labels. */
function workerSelectors(objects: KubernetesObject[]) {
  const deployment = theOnly(objects, 'Deployment').spec;
  const policies = objects.filter(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && !metadata.name.endsWith('-migrate'),
  );
  return [
    deployment.selector.matchLabels,
    theOnly(objects, 'Service').spec.selector,
    ...(deployment.template.spec.topologySpreadConstraints ?? []).map(
      ({ labelSelector }) => labelSelector.matchLabels,
    ),
    ...policies.map(({ spec }) => spec.podSelector.matchLabels),
    ...objects
      .filter(({ kind }) => kind === 'PodDisruptionBudget')
      .map(({ spec }) => spec.selector.matchLabels),
  ];
}

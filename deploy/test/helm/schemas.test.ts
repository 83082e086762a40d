import assert from 'node:assert/strict';
import { customResourceSchema } from '../../check/schemas/customResource.js';
import { kubernetesDefinitions, kubernetesSchema } from '../../check/schemas/kubernetes.js';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

const definitions = kubernetesDefinitions({
  definitions: {
    'io.k8s.api.apps.v1.Deployment': {
      type: 'object',
      properties: { metadata: ref(META), spec: ref('io.k8s.api.apps.v1.DeploymentSpec') },
      'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
    },
    'io.k8s.api.apps.v1.DeploymentSpec': {
      type: 'object',
      properties: { memory: ref(QUANTITY), port: { type: 'string', format: 'int-or-string' } },
    },
    'io.k8s.api.core.v1.Pod': { type: 'object' },
    [META]: {
      type: 'object',
      properties: { labels: { type: 'object', additionalProperties: { type: 'string' } } },
    },
    [QUANTITY]: { type: 'string' },
  },
});

describe('A schema made of what Kubernetes publishes', () => {
  const schema = kubernetesSchema(definitions, { apiVersion: 'apps/v1', kind: 'Deployment' });
  const inside = schema['definitions'] as typeof definitions;

  it('carries the definitions that it leads to, and no others', () => {
    assert.deepEqual(
      Object.keys(inside).sort(),
      ['io.k8s.api.apps.v1.DeploymentSpec', QUANTITY, META].sort(),
    );
  });

  it('allows nothing that it does not name, but in maps', () => {
    assert.equal(schema.additionalProperties, false);
    assert.equal(inside['io.k8s.api.apps.v1.DeploymentSpec']?.additionalProperties, false);
    assert.deepEqual(inside[META]?.properties?.['labels']?.additionalProperties, { type: 'string' });
  });

  it('takes numbers where Kubernetes does', () => {
    assert.deepEqual(inside[QUANTITY]?.type, ['string', 'number']);
    assert.deepEqual(inside['io.k8s.api.apps.v1.DeploymentSpec']?.properties?.['port']?.type, [
      'integer',
      'string',
    ]);
  });

  it('is none where Kubernetes has no such kind', () => {
    assert.throws(
      () => kubernetesSchema(definitions, { apiVersion: 'apps/v2', kind: 'Deployment' }),
      /no kind/,
    );
  });
});

describe('A schema made of a custom resource', () => {
  const resource = {
    spec: {
      names: { kind: 'ServiceMonitor' },
      versions: [
        {
          name: 'v1',
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                metadata: { type: 'object' },
                open: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
                endpoints: {
                  type: 'array',
                  items: { type: 'object', properties: { port: { type: 'string' } } },
                },
              },
            },
          },
        },
      ],
    },
  };
  const schema = customResourceSchema(resource, 'v1', definitions);

  it("has Kubernetes' own metadata", () => {
    assert.deepEqual(schema.properties?.['metadata'], { $ref: `#/definitions/${META}` });
    assert.deepEqual(Object.keys(schema['definitions'] as object), [META]);
  });

  it('allows nothing that it does not name, but where the resource says so', () => {
    assert.equal(schema.properties?.['endpoints']?.items?.additionalProperties, false);
    assert.equal(schema.properties['open']?.additionalProperties, undefined);
  });

  it('is none of a version that is not there', () => {
    assert.throws(() => customResourceSchema(resource, 'v2', definitions), /has no version v2/);
  });
});

function ref(name: string) {
  return { $ref: `#/definitions/${name}` };
}

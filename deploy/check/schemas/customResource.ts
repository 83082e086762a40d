import { type Definitions, type Schema, selfContained, strictSchema } from './strictSchema.js';

export interface CustomResourceDefinition {
  spec: {
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

const METADATA = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/** The schema of a kind that is not Kubernetes' own; its metadata are those of Kubernetes' `definitions`. */
export function customResourceSchema(
  { spec: { names, versions } }: CustomResourceDefinition,
  version: string,
  definitions: Definitions,
): Schema {
  const served = versions.find(({ name }) => name === version);
  if (served === undefined) throw new Error(`${names.kind} has no version ${version}.`);
  const schema = strictSchema(served.schema.openAPIV3Schema);
  return selfContained({ ...schema, properties: { ...schema.properties, metadata: METADATA } }, definitions);
}

import { type Definitions, type Schema, selfContained, strictSchema } from './strictSchema.js';

export interface Kind {
  apiVersion: string;
  kind: string;
}

/** As the repository of Kubernetes has it in api/openapi-spec/swagger.json. */
export interface Swagger {
  definitions: Definitions;
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** JSON writes quantities as text or as numbers; the specification says text alone. */
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** All definitions of Kubernetes' API, strict. */
export const kubernetesDefinitions = ({ definitions }: Swagger): Definitions =>
  Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      name === QUANTITY ? { ...definition, type: ['string', 'number'] } : strictSchema(definition),
    ]),
  );

/** The schema of one kind of Kubernetes' own. */
export function kubernetesSchema(definitions: Definitions, { apiVersion, kind }: Kind): Schema {
  const definition = Object.values(definitions).find((candidate) =>
    kindsOf(candidate).some(
      (known) => known.kind === kind && [known.group, known.version].filter(Boolean).join('/') === apiVersion,
    ),
  );
  if (definition === undefined) throw new Error(`Kubernetes has no kind ${kind} in ${apiVersion}.`);
  return selfContained(definition, definitions);
}

const kindsOf = (definition: Schema) =>
  (definition['x-kubernetes-group-version-kind'] ?? []) as GroupVersionKind[];

/** A JSON Schema, or the part of OpenAPI that is one. */
export interface Schema {
  type?: string | string[];
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  $ref?: string;
  enum?: unknown[];
  [keyword: string]: unknown;
}

export type Definitions = Record<string, Schema>;

const REFERENCE = '#/definitions/';

/** The schema with nothing allowed in it but what it names, as `kubeconform -strict` expects schemas to be. */
export function strictSchema(schema: Schema): Schema {
  const { properties, additionalProperties, items, ...rest } = schema;
  const strict: Schema = { ...rest };
  if (schema.format === 'int-or-string') strict.type = ['integer', 'string'];
  if (items) strict.items = strictSchema(items);
  if (properties)
    strict.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, strictSchema(property)]),
    );
  if (typeof additionalProperties === 'object')
    strict.additionalProperties = strictSchema(additionalProperties);
  else if (properties && schema['x-kubernetes-preserve-unknown-fields'] !== true)
    strict.additionalProperties = false;
  return strict;
}

/** The schema as a file of its own: with the definitions that it leads to, and no others. */
export function selfContained(schema: Schema, definitions: Definitions): Schema {
  const needed: Definitions = {};
  const add = (referring: Schema) => {
    for (const name of referencesIn(referring)) {
      if (name in needed) continue;
      const definition = definitions[name];
      if (definition === undefined) throw new Error(`There is no definition of ${name}.`);
      needed[name] = definition;
      add(definition);
    }
  };
  add(schema);
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...schema, definitions: needed };
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner.replace(REFERENCE, '')] : referencesIn(inner),
  );
}

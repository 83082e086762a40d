import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

const folder = new URL('../fixtures/scenarios/', import.meta.url);

/** What Flagsmith's writer did with one environment; items as typed JSON with B in base64, null where none was written. */
export interface ScenarioEnvironment {
  environment_id: number;
  project_id: number;
  v1: JsonItem | null;
  v2: JsonItem | null;
  v1_compressed: JsonItem | null;
  v2_compressed: JsonItem | null;
  /** The plain v1 item of an environment whose project does not write. */
  v1_if_it_were_written?: JsonItem;
}

export interface Scenario {
  environments: ScenarioEnvironment[];
  /** Projects whose write raised: what it left unwritten says nothing. */
  errors_by_project: Record<string, string> | null;
  errors_by_project_compressed: Record<string, string> | null;
}

type JsonItem = Record<string, unknown>;

export const scenarioNames = readdirSync(folder).sort();

export const readScenario = (name: string): Scenario =>
  JSON.parse(gunzipSync(readFileSync(new URL(`${name}/documents.json.gz`, folder))).toString()) as Scenario;

/**
 * An item, recorded or ours, in the form in which equal documents are deeply equal: numbers by value, compressed parts
 * by content, and in a fixed order what readers take in any order.
 */
export function comparable(item: JsonItem | Record<string, AttributeValue>): unknown {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, decode(value as object, [name])]),
  );
}

function decode(attribute: object, path: string[]): unknown {
  const [type, value] = Object.entries(attribute)[0] as [string, unknown];
  switch (type) {
    case 'N':
      return Number(value);
    case 'M':
      return mapValues(value as object, (inner, name) => decode(inner as object, [...path, name]));
    case 'L':
      return inFixedOrder(
        (value as object[]).map((element) => decode(element, path)),
        path,
      );
    case 'B':
      return arrange(JSON.parse(gunzipSync(bytes(value)).toString()), path);
    case 'NULL':
      return null;
    default:
      return value;
  }
}

const bytes = (value: unknown): Buffer =>
  typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.from(value as Uint8Array);

function arrange(json: unknown, path: string[]): unknown {
  if (Array.isArray(json))
    return inFixedOrder(
      json.map((element) => arrange(element, path)),
      path,
    );
  if (typeof json !== 'object' || json === null) return json;
  return mapValues(json, (inner, name) => arrange(inner, [...path, name]));
}

const ANY_ORDER = ['rules', 'conditions', 'multivariate_feature_state_values'];

/** Overrides of a segment are ordered by priority, and equal priorities in any order. */
function inFixedOrder(list: unknown[], path: string[]): unknown[] {
  const name = path.at(-1) ?? '';
  if (ANY_ORDER.includes(name)) return [...list].sort(by((element) => JSON.stringify(sortedKeys(element))));
  if (name !== 'feature_states' || !path.includes('segments')) return list;
  type Override = { feature_segment: { priority: number }; feature: { id: number }; django_id: number };
  return ([...list] as Override[]).sort(
    (a, b) =>
      a.feature_segment.priority - b.feature_segment.priority ||
      a.feature.id - b.feature.id ||
      a.django_id - b.django_id,
  );
}

const by =
  <T>(key: (element: T) => string) =>
  (a: T, b: T): number =>
    key(a) < key(b) ? -1 : 1;

const sortedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([k, v]) => [k, sortedKeys(v)] as const)
      .sort(by(([k]) => k)),
  );
};

const mapValues = (object: object, map: (value: unknown, name: string) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));

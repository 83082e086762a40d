import { createHash } from 'node:crypto';
import { rulesOf } from './editItem.js';
import type { RestDocument } from './restDocument.js';

type TraitValue = string | number | boolean;

export interface Identity {
  identifier: string;
  traits: Record<string, TraitValue>;
}

/**
 * Identities on all sides of the segments of a document: traits are drawn from what the conditions ask for. The first
 * quarter has none: where flags differ between these, only their identifiers can have made the difference.
 */
export function identitiesFor(document: RestDocument, count: number): Identity[] {
  const choices = [...traitChoices(document)];
  return Array.from({ length: count }, (_, i) => {
    const identifier = `identity-${i}`;
    if (i < count / 4) return { identifier, traits: {} };
    const traits = choices.flatMap(([property, values]) => {
      const value = pick(values, `${identifier} ${property}`);
      return value === undefined ? [] : [[property, value] as const];
    });
    return { identifier, traits: Object.fromEntries(traits) };
  });
}

/** By property, the values that an identity may have; undefined where it may lack the trait. */
function traitChoices(document: RestDocument): Map<string, (TraitValue | undefined)[]> {
  const choices = new Map<string, (TraitValue | undefined)[]>();
  for (const { property_, value } of rulesOf(document).flatMap(({ conditions }) => conditions)) {
    if (property_ === null || property_.startsWith('$.')) continue;
    choices.set(property_, [...(choices.get(property_) ?? [undefined]), ...valuesAround(value ?? '')]);
  }
  return choices;
}

/** Values that meet a condition and values that just miss it, whatever its operator. */
function valuesAround(asked: string): TraitValue[] {
  const texts = new Set([asked, ...asked.split(/[,|]/)]);
  return [...texts].flatMap((text): TraitValue[] => {
    const number = Number(text);
    if (text === '' || Number.isNaN(number)) return [text, `a ${text} b`, text === 'true'];
    return [text, number - 1, number, number + 1];
  });
}

/** The same choice in every run. */
function pick<T>(values: T[], seed: string): T | undefined {
  return values[createHash('sha1').update(seed).digest().readUInt32BE() % values.length];
}

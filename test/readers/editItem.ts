import { gzipSync } from 'node:zlib';
import { type DynamoItem, toAttributes } from '../../src/document/attributeValue.js';
import { type RestDocument, type Rule, restDocument } from './restDocument.js';

/** A copy of the item, in its own form, with the change made to its document. */
export function editItem(item: DynamoItem, change: (document: RestDocument) => void): DynamoItem {
  const document = restDocument(item);
  change(document);
  const { project, feature_states } = document;
  if (item['compressed']?.BOOL === true) {
    const gzip = (part: object) => ({ B: gzipSync(JSON.stringify(part)) });
    return { ...item, project: gzip(project), feature_states: gzip(feature_states) };
  }
  return { ...item, ...toAttributes({ project, feature_states }) };
}

/** All rules of the document's segments, to any depth. */
export const rulesOf = ({ project }: RestDocument): Rule[] =>
  project.segments.flatMap(({ rules }) => rules.flatMap(withInner));

const withInner = (rule: Rule): Rule[] => [rule, ...rule.rules.flatMap(withInner)];

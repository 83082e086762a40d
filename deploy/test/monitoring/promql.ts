import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  metric: string;
  /** Those that it matches by. */
  labels: string[];
}

/** What an expression refers to. */
export interface References {
  selectors: Selector[];
  /** Of `by`, `on` and the like. */
  groupings: string[];
}

/** @throws if it is no PromQL */
export function referencesIn(expression: string): References {
  const references: References = { selectors: [], groupings: [] };
  const textOf = ({ from, to }: { from: number; to: number }) => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`No PromQL at "${expression.slice(node.from)}": ${expression}`);
      if (node.name === 'VectorSelector') {
        const metric = node.node.getChild('Identifier');
        if (!metric) throw new Error(`A selector without a metric's name: ${expression}`);
        references.selectors.push({ metric: textOf(metric), labels: labelNamesIn(node.node).map(textOf) });
      }
      if (node.name === 'GroupingLabels') references.groupings.push(...labelNamesIn(node.node).map(textOf));
    },
  });
  return references;
}

function labelNamesIn(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((inner) => {
    if (inner.name === 'LabelName') found.push(inner.node);
  });
  return found;
}

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import ts from 'typescript';

const here = (path) => new URL(path, import.meta.url).href;

// Temporal's two libraries that product code runs inside of are replaced by models of what they talk to.
const substitutes = new Map([
  ['@temporalio/workflow', here('./workflow.ts')],
  ['@temporalio/activity', here('./activity.ts')],
]);

/** @type {import('node:module').InitializeHook<{ arm: string | undefined }>} */
export function initialize({ arm }) {
  // A part of workflow code that this arm of the control does without.
  if (arm === 'clear-after-read') substitutes.set('./pendingChanges.js', here('../arms/clearAfterRead.ts'));
}

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const meant = substitutes.get(specifier) ?? specifier;
  const isOurs = context.parentURL?.endsWith('.ts') && meant.startsWith('.');
  return nextResolve(isOurs ? meant.replace(/\.js$/, '.ts') : meant, context);
}

/**
 * TypeScript without its types, and with `spreadingNothingFirst`: no more than that, as what tsx adds to every function, so
 * that it keeps its name, takes a fifth of the time of a run.
 *
 * @type {import('node:module').LoadHook}
 */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  return {
    format: 'module',
    source: withoutTypes(readFileSync(fileURLToPath(url), 'utf8')),
    shortCircuit: true,
  };
}

const cache = join(tmpdir(), `environment-document-sync-simulation-${ts.version}`);
mkdirSync(cache, { recursive: true });
const itself = readFileSync(fileURLToPath(import.meta.url));

function withoutTypes(source) {
  const file = join(cache, `${createHash('sha256').update(itself).update(source).digest('hex')}.js`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        inlineSourceMap: true,
      },
      transformers: { before: [spreadingNothingFirst] },
    });
    // Whole or not at all: several processes begin at the same moment.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, outputText);
    renameSync(draft, file);
    return outputText;
  }
}

/**
 * `{ ...null, ...a, b }` for `{ ...a, b }`, which is the same object. What V8 of Node.js 20 copies first is given a hidden
 * class of its own at every turn, and whoever reads it then has to look up each property: a tenth of the time of a run.
 *
 * @type {ts.TransformerFactory<ts.SourceFile>}
 */
function spreadingNothingFirst(context) {
  const { factory } = context;
  const visit = (node) => {
    const visited = ts.visitEachChild(node, visit, context);
    if (!ts.isObjectLiteralExpression(visited)) return visited;
    const { properties } = visited;
    if (properties.length < 2 || !ts.isSpreadAssignment(properties[0])) return visited;
    const nothing = factory.createSpreadAssignment(factory.createNull());
    return factory.updateObjectLiteralExpression(visited, [nothing, ...properties]);
  };
  return (file) => ts.visitNode(file, visit);
}

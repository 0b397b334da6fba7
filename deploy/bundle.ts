/**
 * Writes ES modules as one CommonJS text: part of `npm run build` (build.ts). An agent waits for every hook, and Node's loader
 * of ES modules alone costs a fifth of it (bench/micro/hook-cost.bench.ts); a bundler's CommonJS knows no top-level `await`,
 * which the hook path needs on old Nodes. Works on the parsed program, and refuses whatever it could not keep the meaning of.
 */

import fs from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface ModuleText {
  readonly file: string;
  readonly text: string;
  readonly body: readonly SyntaxNode[];
}

/** No name of a source begins so. */
const PREFIX = 'inlined$';

/**
 * One CommonJS script of `entry`, whose only import is `import('<hook>')` on demand: what `hook` exports and imports is
 * written out; imports on demand stay, of the files that stand in `entry`'s folder. Throws for anything that this would change.
 */
export function bundleEntry(
  entry: string,
  hook: string,
): { readonly script: string; readonly inlined: readonly string[] } {
  const folder = path.dirname(entry);
  const main = readModule(entry);
  const calls: SyntaxNode[] = [];
  const changes: Change[] = [];
  for (const statement of main.body) {
    if (isEmptyExport(statement)) changes.push(removed(statement));
    else if (/^(?:Import|Export)/.test(statement.type))
      throw refusal(main, statement, 'the entry imports on demand only');
    walk(statement, (node) => {
      if (node.type === 'MetaProperty' && isImportMeta(node)) throw refusal(main, node, 'import.meta');
      if (node.type === 'ImportExpression' && path.resolve(folder, specifierOf(main, node)) === hook) calls.push(node);
    });
  }
  const [call, second] = calls;
  if (call === undefined || second !== undefined) throw new Error(`${entry} does not load ${hook} exactly once`);
  changes.push({ start: call.start, end: call.end, text: `${PREFIX}load()` });
  const { text, inlined } = inlineImports(hook, folder);
  const script = [
    ...(main.text.startsWith('#!') ? [main.text.slice(0, main.text.indexOf('\n'))] : []),
    "'use strict';",
    `const ${PREFIX}load = async () => {`,
    text,
    '};',
    '(async () => {',
    changed(main.text, changes).replace(/^#!.*/, ''),
    '})();',
    '',
  ].join('\n');
  return { script, inlined };
}

/** Every specifier that a script imports, at once or on demand. */
export function importedBy(file: string): string[] {
  const module = readModule(file);
  const found: string[] = [];
  for (const statement of module.body) {
    walk(statement, (node) => {
      if (/^(?:Import|Export)/.test(node.type) && isNode(node['source'])) found.push(specifierOf(module, node));
    });
  }
  return found;
}

/** Statements that return what `entry` exports, with its imports written out; those on demand are named from `folder`. */
function inlineImports(entry: string, folder: string): { readonly text: string; readonly inlined: readonly string[] } {
  const names = new Map<string, string>();
  const unfinished = new Set<string>();
  const parts: string[] = [];
  const inline = (file: string): string => {
    if (unfinished.has(file)) throw new Error(`${file} is part of a cycle of imports`);
    const known = names.get(file);
    if (known !== undefined) return known;
    const name = `${PREFIX}${names.size}`;
    names.set(file, name);
    unfinished.add(file);
    parts.push(moduleText(readModule(file), name, folder, inline));
    unfinished.delete(file);
    return name;
  };
  const root = inline(entry);
  return { text: `${parts.join('\n')}\nreturn ${root};`, inlined: [...names.keys()] };
}

function moduleText(module: ModuleText, name: string, folder: string, inline: (file: string) => string): string {
  const changes: Change[] = [];
  const exported: string[] = [];
  let isBehindImports = false;
  for (const statement of module.body) {
    if (statement.type === 'ImportDeclaration') {
      if (isBehindImports) throw refusal(module, statement, 'an import behind other statements');
      const source = inline(besides(module, statement));
      changes.push({ ...span(statement), text: `const { ${bindings(module, statement)} } = ${source};` });
      continue;
    }
    isBehindImports = true;
    if (isEmptyExport(statement)) changes.push(removed(statement));
    else if (statement.type.startsWith('Export')) {
      const declaration = exportedDeclaration(module, statement);
      exported.push(...declaredNames(module, declaration));
      changes.push({ start: statement.start, end: declaration.start, text: '' });
    } else refuseState(module, statement);
  }
  const isAsync = inspectExpressions(module, folder, changes);
  const [open, close] = isAsync ? ['await (async () => {', '})()'] : ['(() => {', '})()'];
  return `const ${name} = ${open}\n${changed(module.text, changes)}\nreturn { ${exported.join(', ')} };\n${close};`;
}

/** Renames imports on demand; returns whether the module awaits something before it is complete. */
function inspectExpressions(module: ModuleText, folder: string, changes: Change[]): boolean {
  let awaits = false;
  for (const statement of module.body) {
    walk(statement, (node, scope) => {
      if (node.type === 'MetaProperty' && isImportMeta(node)) throw refusal(module, node, 'import.meta');
      if (node.type === 'ThisExpression' && scope !== 'own') throw refusal(module, node, 'the `this` of a module');
      if (scope === 'module' && (node.type === 'AwaitExpression' || node['await'] === true)) awaits = true;
      if (node.type !== 'ImportExpression') return;
      const specifier = specifierOf(module, node);
      if (!specifier.startsWith('.')) return;
      const relative = path.relative(folder, path.resolve(path.dirname(module.file), specifier));
      const source = node['source'] as SyntaxNode;
      changes.push({ ...span(source), text: `'./${relative.replaceAll(path.sep, '/')}'` });
    });
  }
  return awaits;
}

function besides(module: ModuleText, statement: SyntaxNode): string {
  const specifier = specifierOf(module, statement);
  if (!specifier.startsWith('.')) throw refusal(module, statement, 'an import of something that is not beside it');
  return path.resolve(path.dirname(module.file), specifier);
}

/** The import's names as a destructuring pattern. */
function bindings(module: ModuleText, statement: SyntaxNode): string {
  const specifiers = statement['specifiers'] as readonly SyntaxNode[];
  if (specifiers.length === 0) throw refusal(module, statement, 'an import for its effect');
  return specifiers
    .map((specifier) => {
      const { imported, local } = specifier as SyntaxNode & { imported?: SyntaxNode; local: SyntaxNode };
      if (specifier.type !== 'ImportSpecifier' || imported?.type !== 'Identifier' || imported['name'] === 'default') {
        throw refusal(module, statement, 'a default or namespace import');
      }
      return `${String(imported['name'])}: ${String(local['name'])}`;
    })
    .join(', ');
}

function exportedDeclaration(module: ModuleText, statement: SyntaxNode): SyntaxNode {
  const declaration = statement['declaration'];
  if (statement.type !== 'ExportNamedDeclaration' || !isNode(declaration)) {
    throw refusal(module, statement, 'an export that is no declaration');
  }
  refuseState(module, declaration);
  return declaration;
}

function declaredNames(module: ModuleText, declaration: SyntaxNode): string[] {
  const declared =
    declaration.type === 'VariableDeclaration' ? (declaration['declarations'] as SyntaxNode[]) : [declaration];
  return declared.map(({ id }) => {
    if (!isNode(id) || id.type !== 'Identifier') throw refusal(module, declaration, 'an export by a pattern');
    return String(id['name']);
  });
}

/** Files loaded on demand bring copies of their own, and importers get values, not bindings: nothing may change later. */
function refuseState(module: ModuleText, statement: SyntaxNode): void {
  if (statement.type !== 'VariableDeclaration') return;
  if (statement['kind'] !== 'const') throw refusal(module, statement, 'a variable outside of functions');
  for (const { init } of statement['declarations'] as readonly SyntaxNode[]) {
    if (!isNode(init) || init.type !== 'NewExpression') continue;
    const isEmpty = (init['arguments'] as readonly unknown[]).length === 0;
    if (isEmpty) throw refusal(module, statement, 'an empty collection outside of functions, to be filled later');
  }
}

function specifierOf(module: ModuleText, node: SyntaxNode): string {
  const value = isNode(node['source']) && node['source'].type === 'Literal' ? node['source']['value'] : undefined;
  const attributes = node['attributes'] ?? [];
  if (typeof value !== 'string' || (Array.isArray(attributes) && attributes.length > 0) || isNode(node['options'])) {
    throw refusal(module, node, 'an import that is not by a plain string');
  }
  return value;
}

function isEmptyExport(node: SyntaxNode): boolean {
  if (node.type !== 'ExportNamedDeclaration' || isNode(node['declaration']) || isNode(node['source'])) return false;
  return (node['specifiers'] as readonly unknown[]).length === 0;
}

function isImportMeta(node: SyntaxNode): boolean {
  return isNode(node['meta']) && node['meta']['name'] === 'import';
}

/** What a node stands in: the module itself, arrow functions only (which have the module's `this`), or anything else. */
type Scope = 'module' | 'arrow' | 'own';

/** Visits a node and all below it. */
function walk(node: SyntaxNode, visit: (node: SyntaxNode, scope: Scope) => void, scope: Scope = 'module'): void {
  visit(node, scope);
  let inside = scope;
  if (node.type === 'ArrowFunctionExpression' && scope === 'module') inside = 'arrow';
  else if (/^Function|^Class/.test(node.type)) inside = 'own';
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, inside);
  }
}

function readModule(file: string): ModuleText {
  const text = fs.readFileSync(file, 'utf8');
  if (text.includes(PREFIX)) throw new Error(`${file} uses the name ${PREFIX}, which the bundle needs`);
  const program = parseAst(text, { lang: 'js', sourceType: 'module' }, file) as unknown as { body: SyntaxNode[] };
  return { file, text, body: program.body };
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function span({ start, end }: SyntaxNode): { readonly start: number; readonly end: number } {
  return { start, end };
}

function removed(node: SyntaxNode): Change {
  return { ...span(node), text: '' };
}

function changed(text: string, changes: readonly Change[]): string {
  let edited = text;
  for (const { start, end, text: replacement } of changes.toSorted((left, right) => right.start - left.start)) {
    edited = edited.slice(0, start) + replacement + edited.slice(end);
  }
  return edited;
}

function refusal(module: ModuleText, node: SyntaxNode, what: string): Error {
  const line = module.text.slice(0, node.start).split('\n').length;
  return new Error(`${module.file}:${line} cannot be made part of another file: ${what}`);
}

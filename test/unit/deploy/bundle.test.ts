/** The oracle is Node itself: what the modules print when it loads them is what the one script must print. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundleEntry, importedBy } from '../../../deploy/bundle.ts';

const MAIN = "#!/usr/bin/env node\nconst { run } = await import('./hook/hook.js');\nawait run();\n";

let folder: string;

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'moda-bundle-')));
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Writes main.js, hook/hook.js and the others, and bundles the first two. */
function bundle(hook: string, others: Readonly<Record<string, string>> = {}, main = MAIN) {
  for (const [name, text] of Object.entries({ 'main.js': main, 'hook/hook.js': hook, ...others })) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return bundleEntry(path.join(folder, 'main.js'), path.join(folder, 'hook', 'hook.js'));
}

function printed(script: string): string {
  return execFileSync(process.execPath, [path.join(folder, script)], { encoding: 'utf8' });
}

it('prints what the modules print: names, order, strictness, awaits, imports on demand, texts that look like imports', () => {
  const { script, inlined } = bundle(
    `// ü € 𝄞 stand before everything else\nimport {\n  first as renamed,\n  Third,\n} from '../deep/first.js';
import { second } from './second.js';
/*
import { nothing } from './missing.js';
export const nothing = 1;
*/
const text = \`
import { nothing } from './missing.js';
export const nothing = 1;
import('./missing.js')
\`;
export const unused = 1, other = 2;
export function* steps() { yield renamed; yield second; }
export async function run() {
  const { late } = await import('../deep/late.js');
  let strict = false;
  try { Object.freeze({ a: 1 }).a = 2; } catch { strict = true; }
  console.log([...steps()], new Third().name, late, strict, text, [1, 2].map((each) => each * other));
}
export {};\n`,
    {
      'deep/first.js':
        "console.log('first');\nconst first =\n  await (Promise.resolve('ü1'));\nexport { };\nexport const $dollar = 3;\nexport class Third { name = this.constructor.name + $dollar; }\n".replace(
          'const first =',
          'export const first =',
        ),
      'hook/second.js':
        "import { first } from '../deep/first.js';\nconsole.log('second');\nexport const second = first + 2;\n",
      'deep/late.js': "export const late = 'late';\n",
    },
  );
  fs.writeFileSync(path.join(folder, 'main.cjs'), script);
  expect(printed('main.cjs')).toBe(printed('main.js'));
  expect(printed('main.js')).toContain("[ 'ü1', 'ü12' ] Third3 late true");
  expect(inlined.map((file) => path.relative(folder, file)).sort()).toStrictEqual([
    'deep/first.js',
    'hook/hook.js',
    'hook/second.js',
  ]);
});

const RUN = 'export function run() {}\n';
it.each([
  ['a re-export', `${RUN}export { a } from './other.js';`],
  ['an export list', `${RUN}const a = 1;\nexport { a };`],
  ['an export of everything', `${RUN}export * from './other.js';`],
  ['a default export', `${RUN}export default 1;`],
  ['an export by a pattern', `${RUN}export const { a } = { a: 1 };`],
  ['a variable that may change later', `${RUN}export let a = 1;`],
  ['a variable that stays inside', `${RUN}let a = 1;`],
  ['a cache', `${RUN}const a = new Map();`],
  ['a default import', `import a from './other.js';\n${RUN}`],
  ['a default import by name', `import { default as a } from './other.js';\n${RUN}`],
  ['a namespace', `import * as a from './other.js';\n${RUN}`],
  ['an import for its effect', `import './other.js';\n${RUN}`],
  ['an import of a package', `import { a } from 'other';\n${RUN}`],
  ['an import of a built-in module', `import { readFileSync } from 'node:fs';\n${RUN}`],
  ['an import that runs after a statement in the text', `console.log(1);\nimport { a } from './other.js';\n${RUN}`],
  ['an import with attributes', `import { a } from './other.js' with { type: 'json' };\n${RUN}`],
  ['an import on demand by an expression', 'export const run = (name) => import(name);'],
  ['an import on demand by a template', 'export const run = () => import(`./1.js`);'],
  ['import.meta', 'export const run = () => import.meta.url;'],
  ['a `this` of the module', 'export const run = () => this;'],
  ['a cycle', `import { a } from './round.js';\n${RUN}`],
  ['a name of the bundle', `const inlined$0 = 1;\n${RUN}`],
  ['what is no program', 'export const run = ;'],
])('refuses %s', (_what, hook) => {
  const others = {
    'hook/other.js': 'export const a = 1;\n',
    'hook/round.js': "import { run } from './hook.js';\nexport const a = () => run;\n",
  };
  expect(() => bundle(hook, others)).toThrow(/hook\.js|round\.js|Parse failed/);
});

it.each([
  ['loads the hook twice', `${MAIN}await import('./hook/hook.js');\n`],
  ['names the hook in a comment only', "// await import('./hook/hook.js')\n"],
  ['imports at once', `${MAIN}import fs from 'node:fs';\n`],
  ['exports', `${MAIN}export const a = 1;\n`],
  ['asks where it is', `${MAIN}console.log(import.meta.url);\n`],
])('refuses an entry that %s', (_what, main) => {
  expect(() => bundle(RUN, {}, main)).toThrow(/main\.js/);
});

it('names what a script imports, at once, on demand and by re-export, and nothing that a comment says', () => {
  const file = path.join(folder, 'a.js');
  fs.writeFileSync(
    file,
    "import './b.js';\nexport * from './c.js';\n// import './d.js';\nconst load = () => import('./e.js');\n",
  );
  expect(importedBy(file)).toStrictEqual(['./b.js', './c.js', './e.js']);
});

/**
 * `npm run build`: compiles the server to dist/, and lays out dist/cli, the command line's own package: JavaScript for any
 * Node >= 20, no native code, its one dependency bundled, so that its tarball installs and runs alone.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const CLI_DEPENDENCY = '@clack/prompts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const { values } = parseArgs({ options: { cli: { type: 'boolean' }, out: { type: 'string' } } });
/** `--cli` compiles the command line alone, `--out` puts it elsewhere: what its package test needs. */
const OUTPUT = path.resolve(ROOT, values.out ?? 'dist');
const SOURCES = values.cli === true ? ['src/cli'] : ['src', 'workers'];

compile();
copyAssets();
packCli();

/** Emits what runs in production; tests and benches run from their sources. */
function compile(): void {
  fs.rmSync(OUTPUT, { recursive: true, force: true });
  fs.mkdirSync(OUTPUT, { recursive: true });
  const config = path.join(OUTPUT, 'tsconfig.json');
  fs.writeFileSync(
    config,
    JSON.stringify({
      extends: path.join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        rootDir: ROOT,
        outDir: OUTPUT,
        noEmit: false,
        typeRoots: [path.join(ROOT, 'node_modules/@types')],
      },
      include: SOURCES.map((folder) => path.join(ROOT, folder)),
      exclude: [],
    }),
  );
  const tsc = createRequire(import.meta.url).resolve('typescript/package.json');
  const { status } = spawnSync(process.execPath, [path.join(path.dirname(tsc), 'bin', 'tsc'), '-p', config], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
  fs.rmSync(config);
}

/** Files that the sources read at run time beside themselves. */
function copyAssets(): void {
  for (const folder of SOURCES) {
    for (const name of fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      const from = path.join(ROOT, folder, name);
      if (/\.tsx?$/.test(name) || !fs.statSync(from).isFile()) continue;
      fs.cpSync(from, path.join(OUTPUT, folder, name));
    }
  }
  fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(OUTPUT, 'package.json'));
}

function packCli(): void {
  const target = path.join(OUTPUT, 'cli');
  fs.cpSync(path.join(OUTPUT, 'src', 'cli'), target, {
    recursive: true,
    filter: (file) => !file.endsWith('.map'),
  });
  for (const file of scripts(target)) dropMapComment(file);
  bundleEntry(target);
  fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(target, 'LICENSE'));
  const bundled = bundleDependency(CLI_DEPENDENCY, ROOT, target, new Set());
  const { version, license, dependencies = {} } = readManifest(ROOT);
  const manifest = {
    name: 'moda-cli',
    version,
    description: 'Wires coding agents up to a Moda ingest server: hooks, telemetry, workspace snapshots, skills',
    license,
    type: 'module',
    engines: { node: '>=20' },
    bin: { moda: 'main.cjs' },
    dependencies: { [CLI_DEPENDENCY]: dependencies[CLI_DEPENDENCY] },
    bundleDependencies: [...bundled],
  };
  fs.writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function* scripts(folder: string): Generator<string> {
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js')) yield path.join(folder, name);
  }
}

/**
 * Makes one CommonJS file of the entry and all that `moda hook` imports at once. An agent waits for every hook, and Node's
 * loader of ES modules alone costs a fifth of it (bench/micro/hook-cost.bench.ts). Imports on demand stay imports, of the
 * files that stand beside it; they bring their own copies, which is no matter since none of these modules keeps state.
 */
function bundleEntry(target: string): void {
  const entry = path.join(target, 'main.js');
  const hook = path.join(target, 'hook', 'hook-command.js');
  const call = "await import('./hook/hook-command.js')";
  const [shebang, ...lines] = fs.readFileSync(entry, 'utf8').split('\n');
  const body = lines.join('\n').replace(/^export \{\};$/m, '');
  if (!body.includes(call)) throw new Error(`${entry} does not load the hook as expected`);
  const text = [
    shebang,
    'const loadHook = async () => {',
    inlineImports(hook, target),
    '};',
    '(async () => {',
    body.replace(call, 'await loadHook()'),
    '})();',
    '',
  ].join('\n');
  for (const file of [entry, hook]) fs.rmSync(file);
  fs.writeFileSync(path.join(target, 'main.cjs'), text, { mode: 0o755 });
}

/** Statements that return what `entry` exports, with its imports written out; those on demand are named from `folder`. */
function inlineImports(entry: string, folder: string): string {
  const names = new Map<string, string>();
  const parts: string[] = [];
  const inline = (file: string): string => {
    const known = names.get(file);
    if (known !== undefined) return known;
    const name = `module${names.size}`;
    names.set(file, name);
    let text = fs.readFileSync(file, 'utf8');
    if (/import\.meta|^export (?:\{|\*|default)/m.test(text)) throw new Error(`${file} cannot be made part of another`);
    text = text.replace(/^import \{([^}]*)\} from '(\.[^']*)';$/gm, (_line, bindings: string, specifier: string) => {
      const source = inline(path.resolve(path.dirname(file), specifier));
      return `const {${bindings.replaceAll(' as ', ': ')}} = ${source};`;
    });
    text = text.replace(/import\('(\.[^']*)'\)/g, (_call, specifier: string) => {
      const relative = path.relative(folder, path.resolve(path.dirname(file), specifier));
      return `import('./${relative.replaceAll(path.sep, '/')}')`;
    });
    if (/^import /m.test(text)) throw new Error(`${file} imports something that is not beside it`);
    const exported = [...text.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map((match) => match[1]);
    const body = text.replace(/^export /gm, '');
    const [open, close] = /^const .*\bawait\b/m.test(body) ? ['await (async () => {', '})()'] : ['(() => {', '})()'];
    parts.push(`const ${name} = ${open}\n${body}\nreturn { ${exported.join(', ')} };\n${close};`);
    return name;
  };
  const root = inline(entry);
  return `${parts.join('\n')}\nreturn ${root};`;
}

/** The package carries no source maps; Node would look for them in vain. */
function dropMapComment(file: string): void {
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
}

/** Copies a package and everything it depends on, as it is installed here; returns the names. */
function bundleDependency(name: string, from: string, target: string, seen: Set<string>): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const source = installedAt(name, from);
  fs.cpSync(source, path.join(target, 'node_modules', name), {
    recursive: true,
    filter: (file) => !/\.(?:map|d\.[cm]?ts)$/.test(file) && path.basename(file) !== 'node_modules',
  });
  for (const dependency of Object.keys(readManifest(source).dependencies ?? {})) {
    bundleDependency(dependency, source, target, seen);
  }
  return seen;
}

function installedAt(name: string, from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (fs.existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (folder === path.dirname(folder)) throw new Error(`${name} is not installed; run npm ci`);
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}

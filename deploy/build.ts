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
import { bundleEntry, importedBy } from './bundle.ts';

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
  packEntry(target);
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

/** Makes main.cjs of the entry and all that `moda hook` imports at once (bundle.ts). */
function packEntry(target: string): void {
  const entry = path.join(target, 'main.js');
  const hook = path.join(target, 'hook', 'hook-command.js');
  const packed = path.join(target, 'main.cjs');
  fs.writeFileSync(packed, bundleEntry(entry, hook).script, { mode: 0o755 });
  for (const file of [entry, hook]) fs.rmSync(file);
  for (const file of scripts(target)) {
    for (const specifier of importedBy(file).filter((name) => name.startsWith('.'))) {
      if (fs.existsSync(path.resolve(path.dirname(file), specifier))) continue;
      throw new Error(`${file} imports ${specifier}, which the package does not hold`);
    }
  }
  const { status } = spawnSync(process.execPath, ['--check', packed], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${packed} is not a script`);
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

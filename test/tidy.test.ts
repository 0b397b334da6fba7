/** The house rules as tests: who may import whom, sizes, dead files, settings and their places, what the text may not say. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;

/** Rooms of src/ that each room may import besides itself, `errors.ts` and `limits.ts`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  config: ['model'],
  model: [],
  admission: ['config', 'model', 'pool'],
  http: ['admission', 'config', 'model', 'pool'],
  pool: ['model'],
  codec: ['model'],
  decode: ['codec', 'model'],
  normalize: ['codec', 'model'],
  privacy: ['codec', 'model'],
  columns: ['codec', 'model'],
  pipeline: ['codec', 'decode', 'normalize', 'privacy', 'columns', 'model', 'pool'],
  spool: ['model'],
  sink: ['spool', 'clickhouse', 'model'],
  clickhouse: ['model'],
  telemetry: ['model'],
  skills: ['clickhouse', 'model', 'privacy'],
  cli: [],
};
/** Rooms that must run the same in a worker, a test and a bench: no clock, file, socket, environment or log. */
const PURE = ['codec', 'decode', 'normalize', 'privacy', 'columns', 'pipeline', 'model'];
const PURE_NODE_MODULES = ['node:v8', 'node:zlib', 'node:buffer'];
/** Acceptance statements of each section, first and last: CONTRIBUTING.md says what the sections are. */
const STATEMENTS: Readonly<Record<string, readonly [first: number, last: number]>> = {
  A: [1, 9],
  B: [10, 18],
  C: [19, 27],
  D: [28, 41],
  E: [42, 44],
  F: [45, 55],
  G: [56, 57],
  H: [58, 64],
};
/** Entry points stand outside of the rooms' rules: they join rooms for one command. */
const isEntry = (file: string): boolean =>
  /^src\/(main|server|preflight)[\w-]*\.ts$/.test(file) || /-command\.ts$|\/sql\.ts$/.test(file);

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));
const sources = tracked.filter((file) => /^(src|workers|bench|test)\/.*\.ts$/.test(file) || /^[\w.-]+\.ts$/.test(file));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const importsOf = (file: string): string[] =>
  [
    ...read(file).matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
const target = (file: string, specifier: string): string =>
  relative(ROOT, resolve(ROOT, dirname(file), specifier)).replaceAll('\\', '/');
const roomOf = (file: string): string | undefined => /^src\/([\w-]+)\//.exec(file)?.[1];

it('lets each room import only the rooms that the table allows', () => {
  const offences: string[] = [];
  for (const file of sources.filter((name) => name.startsWith('src/') && !isEntry(name))) {
    const room = roomOf(file);
    if (room === undefined) continue;
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      const other = roomOf(target(file, specifier));
      if (other === undefined || other === room) continue;
      if (!MAY_IMPORT[room]?.includes(other)) offences.push(`${file} imports ${other}`);
    }
  }
  expect(offences).toEqual([]);
});

it('knows every room', () => {
  const rooms = new Set(sources.map(roomOf).filter((room) => room !== undefined));
  expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
});

it('keeps the pure rooms free of clocks, files, sockets, environment and logs', () => {
  const offences: string[] = [];
  for (const file of sources.filter((name) => PURE.includes(roomOf(name) ?? '') && !isEntry(name))) {
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('node:') && !PURE_NODE_MODULES.includes(specifier))
        offences.push(`${file}: ${specifier}`);
    }
    const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    for (const banned of ['Date.now', 'performance.now', 'process.', 'console.', 'Math.random', 'setTimeout']) {
      if (code.includes(banned)) offences.push(`${file}: ${banned}`);
    }
  }
  expect(offences).toEqual([]);
});

it('keeps workers under 40 lines and away from everything but pipeline, skills and task types', () => {
  for (const file of sources.filter((name) => name.startsWith('workers/'))) {
    expect(read(file).split('\n').length, file).toBeLessThanOrEqual(40);
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      expect(target(file, specifier), file).toMatch(/^src\/((pipeline|pool|skills|model)\/|priority\.ts$)/);
    }
  }
});

it('reads the environment only in config, in the client’s settings and in entry points', () => {
  const allowed = (file: string): boolean =>
    file.startsWith('src/config/') || file.startsWith('src/cli/settings') || isEntry(file);
  const offences = sources
    .filter((file) => file.startsWith('src/') && !allowed(file))
    .filter((file) => /process\.env/.test(read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')));
  expect(offences).toEqual([]);
});

it('has no import cycles', () => {
  const graph = new Map<string, string[]>();
  for (const file of sources.filter((name) => name.startsWith('src/'))) {
    const edges = importsOf(file)
      .filter(
        (specifier) => specifier.startsWith('.') && !new RegExp(`import type [^;]*'${specifier}'`).test(read(file)),
      )
      .map((specifier) => target(file, specifier));
    graph.set(file, edges);
  }
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(cycles).toEqual([]);
});

it(`keeps files under ${FILE_LINES_MAX} lines`, () => {
  const long = sources
    .map((file) => ({ file, lines: read(file).split('\n').length }))
    .filter(
      ({ file, lines }) => lines > FILE_LINES_MAX && !/^(bench\/results|test\/golden)/.test(file) && !isTable(file),
    );
  expect(long).toEqual([]);
});

/** Tables and generated code may be long; such a file says so in its first lines. */
const isTable = (file: string): boolean => /\b(One|The one|The) .*table\b|[Tt]able of/.test(read(file).slice(0, 600));

it(`keeps functions under ${FUNCTION_LINES_MAX} lines`, () => {
  const long: string[] = [];
  for (const file of sources.filter((name) => !name.startsWith('test/'))) {
    const lines = read(file).split('\n');
    lines.forEach((line, start) => {
      const match =
        /^(\s*)(?:export )?(?:async )?(?:function\b|(?:private |public |static |override |readonly )*(?:async )?\*?[\w#]+\([^)]*\)?[^;=]*\{$|const \w+ = (?:async )?\([^)]*\)[^;]*=> \{$)/.exec(
          line,
        );
      if (!match || /^\s*(if|for|while|switch|return|catch|describe|it|test)\b/.test(line)) return;
      const end = lines.findIndex(
        (other, index) => index > start && other.startsWith(`${match[1]}}`) && !other.startsWith(`${match[1]}} `),
      );
      if (end - start > FUNCTION_LINES_MAX) long.push(`${file}:${start + 1} (${end - start} lines)`);
    });
  }
  expect(long).toEqual([]);
});

it('has no dead source files', () => {
  const entries = /^(src\/(main|server|cli\/main)\.ts|workers\/|bench\/|test\/|[\w.-]+\.ts$)/;
  const imported = new Set(
    sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => target(file, name)),
    ),
  );
  const mentioned = sources.map(read).join('\n') + read('package.json');
  const dead = sources
    .filter((file) => !entries.test(file) && !isEntry(file) && !imported.has(file))
    .filter((file) => !mentioned.includes(file.replace(/^.*\//, '').replace(/\.ts$/, '')));
  expect(dead).toEqual([]);
});

it('exports no value that only its own file names', () => {
  const filesByWord = new Map<string, Set<string>>();
  for (const file of sources) {
    const code = read(file).replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*/g, '');
    for (const [word] of code.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const files = filesByWord.get(word);
      if (files === undefined) filesByWord.set(word, new Set([file]));
      else files.add(file);
    }
  }
  const exported = /^export (?:async )?(?:function\*?|const|let|class) ([\w$]+)/gm;
  const lonely = sources.flatMap((file) =>
    [...read(file).matchAll(exported)]
      .filter(([, name]) => filesByWord.get(name!)?.size === 1)
      .map(([, name]) => `${file}: ${name}`),
  );
  expect(lonely).toEqual([]);
});

it('opens every source file with a comment that says what it is', () => {
  const bare = sources.filter((file) => file.startsWith('src/') && !/^(#!.*\n)?\/\*\*/.test(read(file)));
  expect(bare).toEqual([]);
});

it('has no rooms of leftovers', () => {
  expect(sources.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\.ts$|\/)/.test(file))).toEqual([]);
});

it('has one title per Markdown file', () => {
  const markdown = tracked.filter((file) => file.endsWith('.md') && !file.startsWith('test/golden/'));
  for (const file of markdown) {
    const titles = read(file)
      .replace(/```[\s\S]*?```/g, '')
      .split('\n')
      .filter((line) => /^# /.test(line));
    expect(titles.length, file).toBe(1);
  }
});

it('lists every optional platform package of the dependencies in the lock file', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`].map((place) => place.replace(/^\//, ''));
      if (!places.some((place) => place in lock.packages)) missing.push(`${path} → ${name}`);
    }
  }
  expect(missing).toEqual([]);
});

it('records no download addresses in the lock file', () => {
  expect(read('package-lock.json')).not.toContain('"resolved"');
});

it('names each of the 64 acceptance statements in a test, under the letter of its section', () => {
  const tests = sources.filter((file) => file.endsWith('.test.ts') && file !== 'test/tidy.test.ts');
  const named = new Set(tests.flatMap((file) => [...read(file).matchAll(/['[]([A-H]\d+)[\]']/g)].map(([, id]) => id!)));
  const statements = Object.entries(STATEMENTS).flatMap(([section, [first, last]]) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${section}${first + index}`),
  );
  expect(statements).toHaveLength(64);
  expect([...named].sort()).toEqual(statements.sort());
});

it('skips and focuses no test', () => {
  const soft = sources
    .filter((file) => file !== 'test/tidy.test.ts')
    .filter((file) =>
      /\b(it|test|describe)\.(only|skip|todo)\(|expect\(true\)|(\/\/|\*).*\b(TODO|FIXME)\b/.test(read(file)),
    );
  expect(soft).toEqual([]);
});

/** README.md and its neighbours against the code: what they name exists, what they must say is said. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { VIEWS } from '../../src/clickhouse/views.ts';
import { SETTINGS } from '../../src/config/settings.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const README = read('README.md');

describe.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'AGENTS.md'])('%s', (document) => {
  const text = read(document);

  it('names only files that are there', () => {
    const named = [...text.matchAll(/(?:^|[\s`(])((?:src|test|bench|deploy|workers|proto|\.ci)\/[\w./-]*\w)/gm)];
    expect(named.map(([, file]) => file!).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names only scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('README.md', () => {
  it('names only settings of the server and of the command line', () => {
    const server = Object.values(SETTINGS).map(({ name }) => name);
    const client = [...read('src/cli/settings.ts').matchAll(/\bMODA_[A-Z_]+/g)].map(([name]) => name);
    const named = [...README.matchAll(/\b(?:MODA|CODING_AGENT)_[A-Z_]*[A-Z]/g)].map(([name]) => name);
    expect(named.filter((name) => ![...server, ...client, 'MODA_TOKEN'].includes(name))).toEqual([]);
  });

  it('names only metrics that there are', () => {
    const metrics = read('src/telemetry/metrics.ts');
    const named = [...README.matchAll(/`(moda_(?!sk_)[a-z_]+)\b/g)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !metrics.includes(`'${name}'`))).toEqual([]);
  });

  it('names every view and every exit code', () => {
    expect(VIEWS.filter(({ name }) => !README.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([]);
    const codes = /Exit codes: (.*)/.exec(README)?.[1] ?? '';
    expect(Object.values(EXIT_CODES).filter(({ code }) => !new RegExp(`(^|; )${code} `).test(codes))).toEqual([]);
  });

  it('[E44] says that child processes need the OTEL variables exported again', () => {
    expect(README).toMatch(/do not inherit the OTEL variables: re-export them/);
  });

  it('[F54] says what the page says of the shell, and that real versions do the opposite', () => {
    expect(README).toMatch(
      /exported value in the launching shell wins over the settings block; versions .* the opposite/,
    );
  });
});

import { describe, expect, it } from 'vitest';
import { TextSyntaxError } from '../../../src/cli/files/json-text.ts';
import { pairsUnder, parseTomlText, type TomlValue } from '../../../src/cli/files/toml-text.ts';

function plain(value: TomlValue): unknown {
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'word':
      return value.text;
    case 'array':
      return value.items.map(plain);
    case 'table':
      return Object.fromEntries(value.pairs.map((pair) => [pair.path.at(-1), plain(pair.value)]));
  }
}

/** Paths and values of a whole document. */
function pairsOf(text: string): [string, unknown][] {
  return parseTomlText(text).flatMap(({ pairs }) =>
    pairs.map((pair): [string, unknown] => [pair.path.join('/'), plain(pair.value)]),
  );
}

function faultOf(text: string): TextSyntaxError {
  try {
    parseTomlText(text);
  } catch (error) {
    if (error instanceof TextSyntaxError) return error;
    throw error;
  }
  throw new Error(`expected a syntax error in ${text}`);
}

describe('parseTomlText', () => {
  it('reads headers, dotted and quoted keys, and inline tables', () => {
    const text = 'a = 1 # one\n[x."y.z".w]\n\'k\'.l = "v"\n[[list]]\nn = { p = [1, 2], "q" = true }\n[[list]]\nn = 3\n';
    expect(pairsOf(text)).toStrictEqual([
      ['a', '1'],
      ['x/y.z/w/k/l', 'v'],
      ['list/n', { p: ['1', '2'], q: 'true' }],
      ['list/n', '3'],
    ]);
  });

  it('reads the four kinds of string as the specification says', () => {
    // After the examples of TOML 1.0, section String.
    const text = [
      'a = "tab\\t \\u00E9 \\"q\\""',
      "b = 'C:\\Users\\n'",
      'c = """\nRoses\n  are ""red"""',
      "d = '''\nThe first newline is\ntrimmed.\n'''",
      'e = """one \\\n     two"""',
      'f = """two quotes at the end: """""',
    ];
    expect(pairsOf(text.join('\n'))).toStrictEqual([
      ['a', 'tab\t é "q"'],
      ['b', 'C:\\Users\\n'],
      ['c', 'Roses\n  are ""red'],
      ['d', 'The first newline is\ntrimmed.\n'],
      ['e', 'one two'],
      ['f', 'two quotes at the end: ""'],
    ]);
  });

  it('passes over headers and pairs inside strings, comments and arrays of many lines', () => {
    const text = 'a = """\n[otel]\nx = 1\n"""\n# [otel]\nb = [\n  "[otel]", # c\n  2,\n]\n';
    expect(parseTomlText(text)).toHaveLength(1);
    expect(pairsOf(text).map(([path]) => path)).toStrictEqual(['a', 'b']);
  });

  it('reads dates, floats, hexadecimal numbers and infinities as words', () => {
    const text = 'a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.5\nc = -1.5e3\nd = 0xDEAD_beef\ne = +inf\n';
    expect(pairsOf(text).map(([, value]) => value)).toStrictEqual([
      '1979-05-27T07:32:00Z',
      '1979-05-27 07:32:00.5',
      '-1.5e3',
      '0xDEAD_beef',
      '+inf',
    ]);
  });

  it('names line and column of a fault, and never quotes the text', () => {
    for (const [text, line, column] of [
      ['a = 1\nb = "moda_sk_secret\n', 2, 5],
      ['[otel\n', 1, 6],
      ['a = 1\n\n  = 2\n', 3, 3],
      ['a = 1 b = 2\n', 1, 7],
      ['a = \n', 1, 5],
      ['a = [1, 2\n', 2, 1],
      ['[x]\n[x]\n', 2, 1],
      ['a = 1\na = 2\n', 2, 1],
      ['a = yes\n', 1, 5],
    ] as const) {
      const fault = faultOf(text);
      expect([fault.line, fault.column], text).toStrictEqual([line, column]);
      expect(fault.message).not.toContain('moda_sk_secret');
    }
  });

  it('ends on every truncated prefix, with a document or a fault', () => {
    const text = 'a = "b\\u00e9"\n[t.u]\nc = { d = [1, "e"], f = \'g\' }\nh = """\ni"""\n';
    for (let end = 0; end <= text.length; end += 1) {
      try {
        parseTomlText(text.slice(0, end));
      } catch (error) {
        expect(error, `prefix of ${end}`).toBeInstanceOf(TextSyntaxError);
      }
    }
  });
});

describe('pairsUnder', () => {
  it('finds a table whether it is a header, dotted keys or inline', () => {
    for (const text of [
      '[otel.exporter.otlp-http]\nendpoint = "u"\n',
      '[otel]\nexporter = { otlp-http = { endpoint = "u" } }\n',
      'otel.exporter."otlp-http".endpoint = "u"\n',
      '[otel.exporter."otlp-http"]\nendpoint = "u"\n',
    ]) {
      const [pair] = pairsUnder(parseTomlText(text), ['otel']);
      expect(pair?.path, text).toStrictEqual(['otel', 'exporter', 'otlp-http', 'endpoint']);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { JsonReader } from '../../../src/codec/json-reader.ts';
import { expandJsonStrings } from '../../../src/codec/json-strings.ts';
import { readJson } from '../../../src/codec/json-tree.ts';
import { writePlainJson } from '../../../src/codec/json-writer.ts';
import { Kind, Tape } from '../../../src/model/tape.ts';
import { jsonNode } from '../decode/recording.ts';

/** A tape with one MAP for the given object, its strings expanded. */
function expanded(value: unknown): Tape {
  const tape = new Tape();
  const text = Buffer.from(JSON.stringify(value));
  const start = tape.append(text);
  tape.append(Uint8Array.of(0));
  const reader = new JsonReader(tape);
  reader.begin(start, start + text.length, true);
  readJson(reader, 1);
  const end = tape.count;
  expandJsonStrings(tape, 0, end);
  expect(tape.next[0]).toBe(end);
  return tape;
}

const shown = (value: unknown): unknown => jsonNode(expanded(value), 0);

describe('expandJsonStrings', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    [' \n[1,"x",null]\t', [1, 'x', null]],
    ['{}', {}],
    ['[]', []],
    ['{"a":"\\u00e9\\n"}', { a: 'é\n' }],
  ])('expands %j', (text, json) => expect(shown({ k: text, l: 'plain' })).toEqual({ k: { json }, l: 'plain' }));

  it.each([
    '',
    ' ',
    '{',
    '[',
    '{"a":1',
    '{"a":1}x',
    'x{"a":1}',
    '{a:1}',
    '[1,]',
    '["\\x"]',
    '{]',
    '[}',
    '5',
    'null',
    '"{}"',
    'true',
    '{"a":1}{"b":2}',
    '{"a":"cut',
  ])('leaves %j a string', (text) => {
    const tape = expanded({ k: text });
    expect(jsonNode(tape, 0)).toEqual({ k: text });
    expect(tape.count).toBe(2);
  });

  it('looks into arrays, maps and what it has just expanded, four times over', () => {
    const hide = (levels: number): string => (levels === 0 ? '[7]' : JSON.stringify({ in: hide(levels - 1) }));
    const unhide = (levels: number): unknown => (levels === 0 ? [7] : { in: { json: unhide(levels - 1) } });
    for (let levels = 0; levels <= 3; levels++)
      expect(shown([{ k: [hide(levels)] }])).toEqual([{ k: [{ json: unhide(levels) }] }]);
    const five = shown({ k: hide(4) });
    expect(JSON.stringify(five)).toContain(JSON.stringify(hide(0)));
  });

  it('counts the nesting of text and surroundings together', () => {
    const nest = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    const surround = (depth: number, text: string): unknown => (depth === 0 ? text : [surround(depth - 1, text)]);
    expect(JSON.stringify(shown(surround(10, nest(54))))).toContain('json');
    expect(JSON.stringify(shown(surround(10, nest(55))))).not.toContain('json');
    expect(JSON.stringify(shown({ k: nest(200_000) }))).not.toContain('json');
  });

  it('leaves the texts and the bytes around them as they were', () => {
    const value = { a: '{"x":"\\u0041"}', b: '[broken', c: '[1]' };
    const tape = expanded(value);
    for (let node = 1; node < 4; node++) {
      const text = tape.text(tape.start[node]!, tape.length[node]!);
      expect(text).toBe(Object.values(value)[node - 1]);
    }
    expect(tape.kind[1]).toBe(Kind.JSON);
    expect(tape.kind[2]).toBe(Kind.STRING);
  });

  it('expands a text at the very end of the workspace', () => {
    const tape = new Tape();
    const text = Buffer.from(`{"k":"${'x'.repeat(tape.bytes.length - tape.used - 8)}"}`);
    const start = tape.append(text);
    expect(tape.used).toBe(tape.bytes.length);
    const node = tape.push(Kind.STRING, start, text.length);
    expandJsonStrings(tape, node, node + 1);
    expect(tape.kind[node]).toBe(Kind.JSON);
    expect(tape.text(start, text.length)).toBe(text.toString());
  });

  it('takes 100 000 broken texts in linear time', () => {
    const texts = Array.from({ length: 100_000 }, () => '[[[[[1,]]]]]');
    const tape = expanded(texts);
    expect(tape.count).toBe(100_001);
  });
});

describe('writePlainJson', () => {
  it.each([
    { a: [1, -2.5, 1e21, 'x', null, true, false, {}, []] },
    { 'k"\\': '\u0000\u001f"\\/é😀\u2028' },
    [],
    [[[]]],
    { '': 0 },
  ])('prints %j as JSON.stringify does', (value) => {
    const tape = expanded(value);
    const start = writePlainJson(tape, 0);
    expect(tape.text(start, tape.used - start)).toBe(JSON.stringify(value));
  });

  it('prints expanded strings as the strings they were', () => {
    const value = { a: '{"x":[1]}', b: ['[2]'] };
    const tape = expanded(value);
    const start = writePlainJson(tape, 0);
    expect(tape.text(start, tape.used - start)).toBe(JSON.stringify(value));
  });

  it('prints suppressed texts, bytes and the numbers that JSON has no form for', () => {
    const tape = new Tape();
    const root = tape.push(Kind.KVLIST, 0, 0);
    const start = tape.append(Buffer.from('nbifs\u0001\u0002\u0003\u0004'));
    const nodes = [
      tape.pushDouble(Number.NaN),
      tape.push(Kind.BYTES, start + 5, 4),
      tape.push(Kind.INT, -1, -1),
      tape.push(Kind.SUPPRESSED, 1, 5),
      tape.push(Kind.SUPPRESSED, 2, 123456789),
    ];
    for (const [index, node] of nodes.entries()) tape.setKey(node, start + index, 1);
    tape.close(root, nodes.length);
    const text = writePlainJson(tape, root);
    expect(tape.text(text, tape.used - text)).toBe(
      '{"n":"NaN","b":"AQIDBA==","i":-1,"f":"[SUPPRESSED:prompt:5]","s":"[SUPPRESSED:output:123456789]"}',
    );
  });
});

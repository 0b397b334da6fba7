import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendJson, removeJson, setJson } from '../../../src/cli/files/json-edit.ts';

describe('setJson', () => {
  it('gives what an edit of the parsed value gives, for any document and indentation', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 }),
        fc.string(),
        fc.jsonValue(),
        fc.constantFrom(undefined, 2, 4, '\t'),
        (object, key, value, indent) => {
          fc.pre(key !== '__proto__');
          const text = JSON.stringify(object, undefined, indent);
          const expected = JSON.parse(JSON.stringify({ ...JSON.parse(text), [key]: value }));
          expect(JSON.parse(setJson(text, [key], JSON.parse(JSON.stringify(value))))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('returns the same text when the value is there already, whatever its key order', () => {
    const text = '{ "a" : { "y": 1,"x":2 } }';
    expect(setJson(text, ['a'], { x: 2, y: 1 })).toBe(text);
  });

  it('keeps comments, tabs and line ends, and continues them', () => {
    const text = '{\r\n\t// mine\r\n\t"a": 1 // one\r\n}\r\n';
    expect(setJson(text, ['env', 'B'], 'x')).toBe(
      '{\r\n\t// mine\r\n\t"a": 1, // one\r\n\t"env": {\r\n\t\t"B": "x"\r\n\t}\r\n}\r\n',
    );
  });

  it('replaces a value in place and leaves its neighbours alone', () => {
    const text = '{"a":1,  "b" :"old" , "c":[ 1,2 ]}';
    expect(setJson(text, ['b'], 'new')).toBe('{"a":1,  "b" :"new" , "c":[ 1,2 ]}');
  });

  it('stays on one line in a document of one line', () => {
    expect(setJson('{"a":1}', ['b'], { c: 2 })).toBe('{"a":1,"b":{"c":2}}');
  });

  it('writes behind a trailing comma without a second one', () => {
    expect(setJson('{\n  "a": 1,\n}\n', ['b'], 2)).toBe('{\n  "a": 1,\n  "b": 2\n}\n');
  });

  it('refuses to write through a value that is no object', () => {
    expect(() => setJson('{"env": []}', ['env', 'A'], '1')).toThrow(/expected an object at env/);
    expect(() => setJson('[]', ['env'], {})).toThrow(TypeError);
  });
});

describe('removeJson', () => {
  it('undoes setJson and appendJson to the byte', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
        fc.array(fc.jsonValue(), { maxLength: 3 }),
        fc.constantFrom(undefined, 2, '\t'),
        (object, list, indent) => {
          const text = JSON.stringify({ ...object, 'the list': list }, undefined, indent);
          expect(removeJson(setJson(text, ['a new key'], { b: [1] }), ['a new key'])).toBe(text);
          const grown = appendJson(text, ['the list'], { b: [1] });
          expect(removeJson(grown, ['the list', list.length])).toBe(text);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives what a deletion from the parsed value gives, at every position', () => {
    const text = '{\n  "a": 1, // one\n  /* two */ "b": [1, 2, 3],\n  "c": {"d": 4} // four\n}\n';
    const plain = text.replace(/\/\/.*|\/\*.*?\*\//g, '');
    for (const key of ['a', 'b', 'c']) {
      const expected = JSON.parse(plain);
      delete expected[key];
      expect(JSON.parse(removeJson(text, [key]).replace(/\/\/.*|\/\*.*?\*\//g, '')), key).toStrictEqual(expected);
    }
    for (const index of [0, 1, 2]) {
      const expected = [1, 2, 3].filter((_item, place) => place !== index);
      const edited = JSON.parse(removeJson(text, ['b', index]).replace(/\/\/.*|\/\*.*?\*\//g, ''));
      expect(edited.b, String(index)).toStrictEqual(expected);
    }
  });

  it('leaves a text without the member as it is', () => {
    expect(removeJson('{"a":1}', ['b'])).toBe('{"a":1}');
    expect(removeJson('{"a":1}', ['b', 'c'])).toBe('{"a":1}');
  });
});

import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../src/codec/base64.ts';
import { decodeHex, encodeHex, isAllZero } from '../../../src/codec/hex.ts';
import { cachedHash, cachedId, findKey } from '../../../src/codec/key-cache.ts';
import { pushText, setKeyText } from '../../../src/codec/tape-text.ts';
import { cutAtCharacter, isValidUtf8 } from '../../../src/codec/utf8.ts';
import { hasJsonSpecial } from '../../../src/codec/words.ts';
import { hashKey, internName, lookupKey } from '../../../src/model/names.ts';
import { Tape } from '../../../src/model/tape.ts';

/** Bytes that are UTF-8 in most places. */
const almostText = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(200), fc.integer({ min: 0, max: 255 }))
  .map(([text, at, byte]) => {
    const bytes = Buffer.from(text);
    if (at < bytes.length) bytes[at] = byte;
    return bytes;
  });

describe('isValidUtf8', () => {
  it('agrees with the platform on every pair, alone, with a tail and behind ASCII', () => {
    const differing: number[][] = [];
    for (let pair = 0; pair < 65_536; pair++) {
      const [first, second] = [pair >> 8, pair & 255];
      for (const bytes of [
        [first, second],
        [first, second, 0x80],
        [first, second, 0x80, 0x80],
        [0x61, 0x62, 0x63, first, second],
      ]) {
        const array = Uint8Array.from(bytes);
        if (isValidUtf8(array, 0, array.length) !== isUtf8(array)) differing.push(bytes);
      }
    }
    expect(differing).toEqual([]);
  });

  it('agrees with the platform on damaged text, wherever it stands in a buffer', () => {
    fc.assert(
      fc.property(almostText, fc.nat(5), (bytes, before) => {
        const buffer = Buffer.concat([Buffer.alloc(before, 0xc3), bytes, Buffer.alloc(4, 0xa4)]);
        expect(isValidUtf8(buffer, before, bytes.length)).toBe(isUtf8(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('pushText', () => {
  it('keeps good text where it is and repairs the rest as TextDecoder does', () => {
    fc.assert(
      fc.property(almostText, (bytes) => {
        const tape = new Tape();
        const start = tape.append(bytes);
        const node = pushText(tape, start, bytes.length);
        expect(tape.text(tape.start[node]!, tape.length[node]!)).toBe(
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
        );
        if (isUtf8(bytes)) expect(tape.start[node]).toBe(start);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('setKeyText', () => {
  it('hashes and finds what names.ts hashes and finds', () => {
    const known = internName('some.known.key');
    for (const [text, id] of [
      ['some.known.key', known],
      ['some.known.kez', 0],
      ['key', internName('key')],
      ['', 0],
      ['k'.repeat(200), 0],
    ] as const) {
      const tape = new Tape();
      const start = tape.append(Buffer.from(text));
      const node = pushText(tape, start, 0);
      for (let again = 0; again < 2; again++) {
        setKeyText(tape, node, start, text.length);
        expect(tape.keyId[node]).toBe(id);
        expect(tape.keyHash[node]).toBe(hashKey(tape.bytes, start, text.length));
        expect(tape.text(tape.keyStart[node]!, tape.keyLength[node]!)).toBe(text);
      }
    }
  });

  it('cuts a key at 4096 bytes and between characters', () => {
    const tape = new Tape();
    for (const [text, kept] of [
      ['x'.repeat(4096), 4096],
      ['x'.repeat(4097), 4096],
      ['é'.repeat(3000), 4096],
      [`x${'é'.repeat(3000)}`, 4095],
      ['€'.repeat(2000), 4095],
    ] as const) {
      const bytes = Buffer.from(text);
      const start = tape.append(bytes);
      const node = pushText(tape, start, 0);
      setKeyText(tape, node, start, bytes.length);
      expect(tape.keyLength[node]).toBe(kept);
      expect(text.startsWith(tape.text(tape.keyStart[node]!, kept))).toBe(true);
    }
  });

  it('repairs a key that is not UTF-8', () => {
    const tape = new Tape();
    const start = tape.append(Buffer.from([0x61, 0x62, 0xff, 0x63]));
    const node = pushText(tape, start, 0);
    setKeyText(tape, node, start, 4);
    expect(tape.text(tape.keyStart[node]!, tape.keyLength[node]!)).toBe('ab\ufffdc');
  });
});

describe('findKey', () => {
  it('never takes one key for another, however many there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 4, maxLength: 12 }), { maxLength: 200 }),
        (keys) => {
          for (const key of [...keys, ...keys]) {
            const bytes = Buffer.from(`xx${key}yy`);
            const copy = new Uint8Array(bytes);
            const entry = findKey(copy, 2, key.length);
            const hash = hashKey(copy, 2, key.length);
            expect(cachedHash[entry]).toBe(hash);
            expect(cachedId[entry]).toBe(lookupKey(copy, 2, key.length, hash));
          }
        },
      ),
    );
  });
});

describe('hasJsonSpecial', () => {
  it('is zero exactly for four bytes that need no care', () => {
    const view = new DataView(new ArrayBuffer(4));
    const differing: number[][] = [];
    for (let byte = 0; byte < 256; byte++) {
      for (const other of [0x20, 0x21, 0x23, 0x5b, 0x5d, 0x61, 0x7f, 0x80, 0xa2, 0xdc, 0xff]) {
        for (let place = 0; place < 4; place++) {
          for (let index = 0; index < 4; index++) view.setUint8(index, index === place ? byte : other);
          const isSpecial = byte < 0x20 || byte === 0x22 || byte === 0x5c;
          if ((hasJsonSpecial(view.getInt32(0, true)) !== 0) !== isSpecial) differing.push([byte, other, place]);
        }
      }
    }
    expect(differing).toEqual([]);
  });
});

describe('cutAtCharacter', () => {
  it('never cuts a character and never keeps more than asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), fc.nat(60), (text, most) => {
        const bytes = Buffer.from(text);
        const kept = cutAtCharacter(bytes, 0, bytes.length, most);
        expect(kept).toBeLessThanOrEqual(most);
        expect(kept).toBeGreaterThan(Math.min(most, bytes.length) - 4);
        expect(isUtf8(bytes.subarray(0, kept))).toBe(true);
      }),
    );
  });
});

describe('hex', () => {
  it('reads either case and writes lower case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, isUpper) => {
        const hex = Buffer.from(bytes).toString('hex');
        const work = Buffer.concat([Buffer.from(isUpper ? hex.toUpperCase() : hex), Buffer.alloc(bytes.length)]);
        expect(decodeHex(work, 0, hex.length, hex.length)).toBe(true);
        expect(work.subarray(hex.length)).toEqual(Buffer.from(bytes));
        const target = Buffer.alloc(hex.length);
        encodeHex(bytes, 0, bytes.length, target, 0);
        expect(target.toString()).toBe(hex);
        expect(isAllZero(bytes, 0, bytes.length)).toBe(bytes.every((byte) => byte === 0));
      }),
    );
  });

  it.each(['0', '0g', 'g0', '0x10', ' 00', '/0', ':0', '@0', '`0'])('refuses %j', (text) => {
    expect(decodeHex(Buffer.concat([Buffer.from(text), Buffer.alloc(8)]), 0, text.length, text.length)).toBe(false);
  });
});

describe('base64', () => {
  const decode = (text: string): string => {
    const work = Buffer.concat([Buffer.from(text), Buffer.alloc(text.length)]);
    const length = decodeBase64(work, 0, text.length, text.length);
    return length < 0 ? 'refused' : work.subarray(text.length, text.length + length).toString('hex');
  };

  it('reads both alphabets, with and without padding, as Buffer does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const standard = Buffer.from(bytes).toString('base64');
        for (const text of [standard, standard.replaceAll('=', ''), Buffer.from(bytes).toString('base64url')]) {
          expect(decode(text)).toBe(Buffer.from(bytes).toString('hex'));
        }
      }),
    );
  });

  it.each(['A', 'AAAAA', 'AA=A', '====', 'AA AA', 'AA\nAA', 'A===', '=', 'AAA=='])('refuses %j', (text) => {
    expect(decode(text)).toBe('refused');
  });
});

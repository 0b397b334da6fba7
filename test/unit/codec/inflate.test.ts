import { deflateRawSync, deflateSync, gzipSync, constants as zlibConstants, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CompressedEncoding, inflate } from '../../../src/codec/inflate.ts';
import { IngestError } from '../../../src/errors.ts';
import { captureBytes } from '../decode/captures.ts';

const TEXT = Buffer.from('{"resourceLogs":[]} '.repeat(500));

const ENCODERS: readonly [string, CompressedEncoding, (body: Uint8Array) => Buffer][] = [
  ['gzip', 'gzip', gzipSync],
  ['deflate with zlib header', 'deflate', deflateSync],
  ['deflate without header', 'deflate', deflateRawSync],
  ['zstd', 'zstd', (body) => zstdCompressSync(body)],
  [
    'zstd with checksum',
    'zstd',
    (body) => zstdCompressSync(body, { params: { [zlibConstants.ZSTD_c_checksumFlag]: 1 } }),
  ],
  [
    'zstd without content size',
    'zstd',
    (body) => zstdCompressSync(body, { params: { [zlibConstants.ZSTD_c_contentSizeFlag]: 0 } }),
  ],
];

function codeOf(encoding: CompressedEncoding, body: Uint8Array, maxBytes = 1_000_000): string {
  try {
    return `inflated ${inflate(encoding, body, maxBytes).length}`;
  } catch (error) {
    if (error instanceof IngestError) return error.code;
    throw error;
  }
}

describe.each(ENCODERS)('%s', (_name, encoding, encode) => {
  it('gives the bytes back', () => {
    expect(Buffer.from(inflate(encoding, encode(TEXT), 1_000_000))).toEqual(TEXT);
    expect(inflate(encoding, encode(Buffer.alloc(0)), 100)).toHaveLength(0);
  });

  it('fails at every truncated prefix', () => {
    const whole = encode(TEXT);
    for (let length = 0; length < whole.length; length++) {
      expect([length, codeOf(encoding, whole.subarray(0, length))]).toEqual([length, 'BAD_COMPRESSION']);
    }
  });

  it('refuses bytes behind the stream', () => {
    expect(codeOf(encoding, Buffer.concat([encode(TEXT), Buffer.from('xyz!')]))).toBe('BAD_COMPRESSION');
  });

  it('allows exactly the limit and not a byte more', () => {
    expect(codeOf(encoding, encode(TEXT), TEXT.length)).toBe(`inflated ${TEXT.length}`);
    expect(codeOf(encoding, encode(TEXT), TEXT.length - 1)).toBe('DECODED_TOO_LARGE');
  });

  it('stops a bomb at the limit', () => {
    const bomb = encode(Buffer.alloc(200 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(codeOf(encoding, bomb, 1024 * 1024)).toBe('DECODED_TOO_LARGE');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('returns or fails with a code when a byte is flipped', () => {
    const whole = encode(TEXT);
    for (let index = 0; index < whole.length; index++) {
      const flipped = Buffer.from(whole);
      flipped[index]! ^= 0xff;
      expect(codeOf(encoding, flipped)).toMatch(/^(inflated \d+|BAD_COMPRESSION|DECODED_TOO_LARGE)$/);
    }
  });
});

describe('inflate', () => {
  it('reads what Claude Code sends', () => {
    const inflated = inflate('gzip', captureBytes('claude/logs.gzip.binpb.gz'), 1_000_000);
    expect(Buffer.from(inflated).includes('claude_code.user_prompt')).toBe(true);
  });

  it('joins several zstd frames and skips skippable ones', () => {
    const skippable = Buffer.from('502a4d1803000000616263', 'hex');
    const body = Buffer.concat([
      zstdCompressSync(Buffer.from('one ')),
      skippable,
      zstdCompressSync(Buffer.from('two')),
    ]);
    expect(Buffer.from(inflate('zstd', body, 100)).toString()).toBe('one two');
    expect(codeOf('zstd', body, 6)).toBe('DECODED_TOO_LARGE');
    expect(codeOf('zstd', skippable)).toBe('inflated 0');
  });

  it('joins zstd frames up to the limit, whichever of them reaches it', () => {
    const [full, one, none] = ['12345678', 'x', ''].map((text) => zstdCompressSync(Buffer.from(text))) as Buffer[];
    const codes = (...frames: (Buffer | undefined)[]): string => codeOf('zstd', Buffer.concat(frames as Buffer[]), 8);
    expect(codes(full, none)).toBe('inflated 8');
    expect(codes(none, full, none, none)).toBe('inflated 8');
    expect(codes(full, one)).toBe('DECODED_TOO_LARGE');
    expect(codes(one, full)).toBe('DECODED_TOO_LARGE');
    expect(codes(one, one, full)).toBe('DECODED_TOO_LARGE');
  });

  it('bounds the number of zstd frames', () => {
    const frame = zstdCompressSync(Buffer.from('x'));
    expect(codeOf('zstd', Buffer.concat(Array.from({ length: 64 }, () => frame)))).toBe('inflated 64');
    expect(codeOf('zstd', Buffer.concat(Array.from({ length: 65 }, () => frame)))).toBe('BAD_COMPRESSION');
  });

  it('refuses a zstd window above 8 MiB', () => {
    const body = zstdCompressSync(Buffer.alloc(20 * 1024 * 1024), { params: { [zlibConstants.ZSTD_c_windowLog]: 24 } });
    expect(codeOf('zstd', body, 64 * 1024 * 1024)).toBe('BAD_COMPRESSION');
  });

  it('reads gzip of several members', () => {
    const body = Buffer.concat([gzipSync(Buffer.from('one ')), gzipSync(Buffer.from('two'))]);
    expect(Buffer.from(inflate('gzip', body, 100)).toString()).toBe('one two');
  });
});

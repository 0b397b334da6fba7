/** LZ4 frames: the format's own marks and the addon's decoder; that ClickHouse reads them is shown in test/unit/columns. */

import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { decompressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { compressFrame } from '../../../src/codec/lz4.ts';

/** What 0x40 in the frame's descriptor allows. */
const BLOCK_BYTES = 64 * 1024;

describe('compressFrame', () => {
  it.each([0, 1, 100, 5_000_000])('makes one frame of %d bytes', (size) => {
    const source = new Uint8Array(size + 50);
    for (let index = 0; index < source.length; index++) source[index] = (index * index) >> 3;
    const frame = compressFrame(source, size);
    // Magic number 0x184D2204 little-endian, and the end mark of four zero bytes: LZ4 frame format 1.6.
    expect(Buffer.from(frame.bytes.subarray(0, 4)).toString('hex')).toBe('04224d18');
    expect(Buffer.from(frame.bytes.subarray(-4)).toString('hex')).toBe('00000000');
    expect(decompressFrameSync(Buffer.from(frame.bytes)).equals(source.subarray(0, size))).toBe(true);
  });

  it('stores what does not become smaller, block by block', () => {
    const source = new Uint8Array(randomBytes(BLOCK_BYTES + 1000));
    source.fill(7, BLOCK_BYTES);
    const frame = compressFrame(source, source.length);
    const view = new DataView(frame.bytes.buffer);
    expect(view.getUint32(7, true)).toBe(0x80000000 + BLOCK_BYTES);
    expect(view.getUint32(11 + BLOCK_BYTES, true)).toBeLessThan(100);
    expect(decompressFrameSync(Buffer.from(frame.bytes)).equals(source)).toBe(true);
  });

  it('sums the compressed bytes', () => {
    const frame = compressFrame(Uint8Array.from(Buffer.from('abcabcabcabc')), 12);
    expect(frame.crc32).toBe(crc32(Buffer.from(frame.bytes)));
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926); // the check value of CRC-32/ISO-HDLC
  });

  it('starts from the view, not from its buffer', () => {
    const whole = Uint8Array.from(Buffer.from('----payload'));
    const frame = compressFrame(whole.subarray(4), 7);
    expect(decompressFrameSync(Buffer.from(frame.bytes)).toString()).toBe('payload');
  });

  it('owns its buffer, so that it can change threads', () => {
    const frame = compressFrame(new Uint8Array(100), 100);
    expect(frame.bytes.byteLength).toBe(frame.bytes.buffer.byteLength);
    expect(structuredClone(frame.bytes, { transfer: [frame.bytes.buffer] }).length).toBeGreaterThan(10);
  });
});

/** LZ4 frames with their CRC against the compressors that Node brings, on encoded rows of a fleet. */

import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decompressFrameSync } from 'lz4-napi';
import { compressFrame } from '../../src/codec/lz4.ts';
import { microBench } from '../micro-bench.ts';
import { fleetRows } from './fleet-rows.ts';

const rows = fleetRows(2000);
const raw = rows.encode('RowBinary');
const size = raw.length;

const lz4 = compressFrame(raw, size);
const gzip = gzipSync(raw, { level: 1 });
const zstd = zstdCompressSync(raw);
if (Buffer.compare(decompressFrameSync(Buffer.from(lz4.bytes)), raw) !== 0)
  throw new Error('LZ4 does not give back its input');
if (Buffer.compare(gunzipSync(gzip), raw) !== 0 || Buffer.compare(zstdDecompressSync(zstd), raw) !== 0) {
  throw new Error('gzip or zstd does not give back its input');
}
const percent = (bytes: number): string => `${((bytes / size) * 100).toFixed(1)} % of the size`;

await microBench({
  title: `compression of ${rows.count} encoded rows (${size} bytes)`,
  unit: 'bytes',
  unitsPerRun: size,
  cases: [
    { name: `LZ4 frame and CRC-32, ${percent(lz4.bytes.length)}`, run: () => compressFrame(raw, size) },
    { name: `gzip level 1, ${percent(gzip.length)}`, run: () => gzipSync(raw, { level: 1 }) },
    { name: `zstd level 3, ${percent(zstd.length)}`, run: () => zstdCompressSync(raw) },
  ],
});

/** Every byte under a directory, with what is compressed in there unpacked: LZ4 frames (the spool) and ClickHouse's blocks. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { decompressFrameSync, uncompressSync } from 'lz4-napi';

const FRAME_MAGIC = Buffer.from('04224d18', 'hex');
/** Checksum of 16 bytes, method, compressed size (from the method on), size. */
const BLOCK_HEAD = 25;
const BLOCK_LZ4 = 0x82;
const BLOCK_ZSTD = 0x90;
/** Numbers: delta, T64 and chains of codecs; and what is not compressed. */
const BLOCK_OTHERS = new Set([0x02, 0x91, 0x92, 0x93, 0x94, 0x95]);

/**
 * Shows every file's name and content, and what is packed in it; returns how many packed pieces there were. Files that go
 * away while they are read are skipped: a merge replaces its parts.
 */
export function readDisk(directory: string, see: (text: string) => void): number {
  let unpacked = 0;
  for (const path of filesUnder(directory)) {
    const bytes = unlessGone(() => readFileSync(path));
    if (bytes === undefined) continue;
    const inside = [...frames(bytes), ...blocks(bytes)];
    unpacked += inside.length;
    see(path);
    for (const piece of [bytes, ...inside]) see(piece.toString('latin1'));
  }
  return unpacked;
}

/** Links are not followed: what they point to is found where it is. */
function filesUnder(directory: string): string[] {
  const entries = unlessGone(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function frames(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(FRAME_MAGIC); at >= 0; at = bytes.indexOf(FRAME_MAGIC, at + 1)) {
    const end = frameEnd(bytes, at);
    if (end !== undefined) found.push(decompressFrameSync(bytes.subarray(at, end)));
  }
  return found;
}

/** The LZ4 frame format 1.6: flags, descriptor, optional sizes, header checksum, blocks, end mark, optional checksum. */
function frameEnd(bytes: Buffer, start: number): number | undefined {
  const flags = bytes[start + 4]!;
  let at = start + 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  while (at + 4 <= bytes.length) {
    const size = bytes.readUInt32LE(at) & 0x7fffffff;
    at += 4;
    if (size === 0) return at + (flags & 0x04 ? 4 : 0);
    at += size + (flags & 0x10 ? 4 : 0);
  }
  return undefined;
}

/** The data files of a part are compressed blocks from end to end. */
function blocks(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + BLOCK_HEAD <= bytes.length; ) {
    const method = bytes[at + 16]!;
    const end = at + 16 + bytes.readUInt32LE(at + 17);
    const isKnown = method === BLOCK_LZ4 || method === BLOCK_ZSTD || BLOCK_OTHERS.has(method);
    if (!isKnown || end > bytes.length || end < at + BLOCK_HEAD) break;
    const content = bytes.subarray(at + BLOCK_HEAD, end);
    if (method === BLOCK_ZSTD) found.push(zstdDecompressSync(content));
    if (method === BLOCK_LZ4) found.push(uncompressSync(Buffer.concat([bytes.subarray(at + 21, at + 25), content])));
    at = end;
  }
  return found;
}

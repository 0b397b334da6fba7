/** Bodies and heads that were right once, and what a seed makes of them. */

import { deflateSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { CAPTURES } from '../end-to-end/support/captures.ts';
import type { Chance } from '../simulation/virtual-time.ts';

export interface FuzzedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Larger captures would make a run one of a few large bodies. */
const BODY_BYTES_MAX = 12_000;
const NESTING = 200;
const MUTATIONS_MAX = 4;

const SEEDS = CAPTURES.map(({ agent, signal, headers, body }) => ({
  path: `/v1/otel/${agent}/${signal}`,
  type: headers['content-type'] ?? 'application/json',
  plain: headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body,
})).filter(({ plain }) => plain.length <= BODY_BYTES_MAX);

/** What parsers trip over: ends, signs, long varints, escapes, numbers without a double, depth, text that is no UTF-8. */
const PIECES: readonly Buffer[] = [
  ...['{', '}', '[', ']', '"', '\\', ',', ':', 'null', '1e999', '-0', '\\ud800', '\\u0000', '0'.repeat(400)],
  '['.repeat(NESTING),
  '{"a":'.repeat(NESTING),
  '"key":"api_key","value":{"stringValue":"x"}',
].map((text) => Buffer.from(text));
const BYTES: readonly Buffer[] = [
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0x0b, 0x0c]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.alloc(300, 0x0a),
  Buffer.alloc(64),
];
const TYPES = ['application/json', 'application/x-protobuf', 'application/json; charset=utf-8', 'text/plain', ''];

/** A request of a real agent with bytes changed; one in ten stays as it was. */
export function fuzzedRequest(chance: Chance): FuzzedRequest {
  const seed = chance.pick(SEEDS);
  const plain = chance.chance(0.1) ? seed.plain : mutate(seed.plain, chance);
  const { encoding, body } = encode(plain, chance);
  const isStray = chance.chance(0.05);
  const headers: Record<string, string> = { 'content-type': isStray ? chance.pick(TYPES) : seed.type };
  if (encoding !== '') headers['content-encoding'] = encoding;
  return { path: isStray ? chance.pick(SEEDS).path : seed.path, headers, body };
}

function mutate(original: Buffer, chance: Chance): Buffer {
  let body: Buffer = Buffer.from(original);
  for (let count = chance.between(1, MUTATIONS_MAX); count > 0; count--) body = mutateOnce(body, chance);
  return body;
}

function mutateOnce(body: Buffer<ArrayBufferLike>, chance: Chance): Buffer<ArrayBufferLike> {
  const at = chance.between(0, body.length);
  const rest = body.subarray(at);
  const head = body.subarray(0, at);
  const length = chance.between(0, 40);
  switch (chance.between(0, 7)) {
    case 0:
      if (at < body.length) body[at] = chance.between(0, 255);
      return body;
    case 1:
      if (at < body.length) body[at] = body[at]! ^ (1 << chance.between(0, 7));
      return body;
    case 2:
      return Buffer.concat([head, rest.subarray(length)]);
    case 3:
      return Buffer.concat([head, chance.pick(chance.chance(0.5) ? PIECES : BYTES), rest]);
    case 4:
      return Buffer.concat([head, rest.subarray(0, length), rest]);
    case 5:
      return head;
    case 6:
      return Buffer.concat([head, chance.bytes(length), rest]);
    default: {
      const other = chance.pick(SEEDS).plain;
      return Buffer.concat([head, other.subarray(chance.between(0, other.length))]).subarray(0, BODY_BYTES_MAX * 2);
    }
  }
}

/** Most go as they are; of the compressed ones some are broken after they were compressed. */
function encode(plain: Buffer, chance: Chance): { encoding: string; body: Buffer } {
  if (!chance.chance(0.15)) return { encoding: '', body: plain };
  const encoding = chance.pick(['gzip', 'deflate', 'zstd'] as const);
  const whole = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync }[encoding](plain);
  return { encoding, body: chance.chance(0.3) ? mutate(whole, chance) : whole };
}

const HEAD_PIECES = ['\r\n', '\n', '\0', ' ', ':', '%00', '../', 'Content-Length: 5\r\n', '\xff', '9'];
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** A request as text, its head changed as well: what comes back may be any answer, or the end of the connection. */
export function fuzzedText(request: FuzzedRequest, key: string, chance: Chance): Buffer {
  const { path, headers, body } = request;
  const lines = Object.entries({ Host: 'x', Authorization: `Bearer ${key}`, ...headers });
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  let head = `POST ${path} HTTP/1.1\r\n${fields}Content-Length: ${body.length}\r\n\r\n`;
  for (let count = chance.between(1, 3); count > 0; count--) {
    const at = chance.between(0, head.length);
    const piece = chance.pick([...HEAD_PIECES, CHUNKED]);
    const isCut = chance.chance(0.3);
    head = isCut
      ? head.slice(0, at) + head.slice(at + chance.between(1, 12))
      : head.slice(0, at) + piece + head.slice(at);
  }
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureBytes, captureNames } from '../../unit/decode/captures.ts';
import { outcome } from '../../unit/decode/failures.ts';
import {
  decodeMessage,
  expectedEvents,
  fromOtlpJson,
  type OtlpSignal,
  toOtlpJson,
} from '../../unit/decode/otlp-oracle.ts';
import { record } from '../../unit/decode/recording.ts';
import { REQUESTS } from './messages.ts';

const SIGNALS: readonly OtlpSignal[] = ['logs', 'traces', 'metrics'];
/** Every outcome that a body may have; anything else is a bug. */
const KNOWN =
  /^(\d+ records|(MALFORMED_PROTOBUF|MALFORMED_JSON|MALFORMED_OTLP|MALFORMED_HOOK|NESTING_TOO_DEEP|TOO_MANY_VALUES|WRONG_SIGNAL): .+)$/;

const SMALL: Readonly<Record<OtlpSignal, readonly string[]>> = {
  logs: ['claude/logs.api-error-529.2', 'cursor/cursor.native.logs'],
  traces: ['claude/traces.api-error-529'],
  metrics: ['claude/metrics.api-error-529', 'cursor/cursor.native.metrics'],
};

/** Outcomes that are none of the known ones. */
function strange(outcomes: Iterable<string>): string[] {
  return [...new Set(outcomes)].filter((text) => !KNOWN.test(text));
}

describe.each(SIGNALS)('any %s request', (signal) => {
  it('[A3] gives what protobufjs reads, in both encodings', () => {
    fc.assert(
      fc.property(REQUESTS[signal], (request) => {
        const body = fromOtlpJson(signal, request);
        const message = decodeMessage(signal, body);
        const expected = expectedEvents(signal, message);
        expect(record(signal, 'protobuf', body).events).toEqual(expected);
        expect(record(signal, 'json', toOtlpJson(message)).events).toEqual(expected);
        expect(record(signal, 'json', JSON.stringify(request)).events).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  const bodies = SMALL[signal].map((name) => captureBytes(`${name}.binpb`));
  const texts = bodies.map((body) => Buffer.from(toOtlpJson(decodeMessage(signal, body))));

  it('returns or fails with a code at every truncated prefix', () => {
    for (const body of bodies) {
      const outcomes = Array.from(body, (_, length) => outcome(signal, 'protobuf', body.subarray(0, length)));
      expect(strange(outcomes)).toEqual([]);
      expect(outcomes.at(-1)).toMatch(/^MALFORMED_PROTOBUF/);
    }
    for (const body of texts) {
      const outcomes = Array.from(body, (_, length) => outcome(signal, 'json', body.subarray(0, length)));
      expect(outcomes.filter((text) => !/^MALFORMED_JSON: .*, found the end /.test(text))).toEqual([]);
    }
  });

  it.each([0x01, 0x80, 0xff])('returns or fails with a code when any byte is flipped by %i', (mask) => {
    for (const body of bodies) {
      const flipped = Buffer.from(body);
      const outcomes = Array.from(body, (byte, index) => {
        flipped[index] = byte ^ mask;
        const text = outcome(signal, 'protobuf', flipped);
        flipped[index] = byte;
        return text;
      });
      expect(strange(outcomes)).toEqual([]);
    }
  });

  it.each([0xff, 0x01, 0x80, 0x20])(
    'fails on JSON exactly where JSON.parse does when any byte is flipped by %i',
    (mask) => {
      for (const body of texts) {
        const flipped = Buffer.from(body);
        for (const [index, byte] of body.entries()) {
          flipped[index] = byte ^ mask;
          const text = outcome(signal, 'json', flipped);
          expect(strange([text])).toEqual([]);
          if (isJson(flipped)) expect(text).not.toMatch(/^MALFORMED_JSON/);
          else expect(text).toMatch(/^[A-Z_]+: /);
          flipped[index] = byte;
        }
      }
    },
  );

  it('returns or fails with a code on random bytes, alone and inside a frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const frame = Buffer.concat([
          Buffer.from([0x0a, bytes.length + 4, 0x12, bytes.length + 2, 0x12, bytes.length]),
          bytes,
        ]);
        expect(
          strange([
            outcome(signal, 'protobuf', bytes),
            outcome(signal, 'protobuf', frame),
            outcome(signal, 'json', bytes),
          ]),
        ).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('utf8'));
    return true;
  } catch {
    // The parser's verdict is the answer.
    return false;
  }
}

describe('any hook body', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5, stringUnit: 'binary' }), fc.constantFrom('', ' ', '\n\t'), (text, space) => {
        const body = `${space}${text}${space}`;
        const parsed = JSON.parse(body) as unknown;
        if (typeof parsed !== 'object' || parsed === null)
          expect(outcome('hooks', 'json', body)).toMatch(/^MALFORMED_HOOK/);
        else if (!Array.isArray(parsed))
          expect(record('hooks', 'json', body).events).toEqual([
            { call: 'record', weight: 1, payload: withoutNegativeZero(parsed) },
          ]);
        else expect(record('hooks', 'json', body).recordCount).toBe(parsed.length);
      }),
      { numRuns: 500 },
    );
  });

  it('fails exactly where JSON.parse fails when a byte is changed', () => {
    const body = captureBytes(captureNames(/claude\/hooks\.PostToolUse\.Bash\.json$/)[0]!);
    for (let index = 0; index < body.length; index++) {
      for (const byte of [0x00, 0x22, 0x2c, 0x5c, 0x7d, 0xff, body[index]! ^ 1]) {
        const changed = Buffer.from(body);
        changed[index] = byte;
        const text = outcome('hooks', 'json', changed);
        if (isJson(changed)) expect(text).toBe('1 records');
        else expect(text).toMatch(/^MALFORMED_(JSON|HOOK): /);
      }
    }
  });
});

/** INT has no negative zero. */
function withoutNegativeZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

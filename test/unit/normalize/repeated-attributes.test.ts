import { describe, expect, it } from 'vitest';
import { expandJsonStrings } from '../../../src/codec/json-strings.ts';
import { RawWriter } from '../../../src/codec/json-writer.ts';
import { decodeBody } from '../../../src/decode/decode.ts';
import { RecordView, type RecordVisitor } from '../../../src/model/record.ts';
import { Tape } from '../../../src/model/tape.ts';
import { EventIds } from '../../../src/normalize/event-id.ts';
import { Scrubber } from '../../../src/privacy/scrub.ts';
import { attribute, field, request } from '../decode/protobuf-fields.ts';

/**
 * The oracle is the same record alone in its body, where there is nothing to repeat: its raw text and its id must be
 * those that it gets behind other records.
 */
const SCRUB = {
  capturePrompts: false,
  captureOutputs: false,
  allowEventLevelOptIn: false,
  promptBytesMax: 65_536,
  outputSnippetBytesMax: 4096,
  customRules: { rules: [], allow: [] },
};

interface Seen {
  readonly raw: Record<string, unknown>[];
  readonly ids: string[];
  readonly repeated: number[];
}

function run(...bodies: Buffer[]): Seen {
  const tape = new Tape();
  const view = new RecordView(tape);
  const ids = new EventIds();
  const scrubber = new Scrubber(SCRUB);
  const writer = new RawWriter();
  const seen: Seen = { raw: [], ids: [], repeated: [] };
  const visitor: RecordVisitor = {
    resource: (at) => {
      ids.beginResource(at);
      scrubber.scrubResource(at);
      writer.resource(at);
    },
    resourceEnd: () => undefined,
    scope: (at) => {
      scrubber.scrubScope(at);
      writer.scope(at);
    },
    scopeEnd: () => undefined,
    record: (at) => {
      seen.repeated.push(at.run.count);
      seen.ids.push(Buffer.from(ids.of(at)).toString('hex'));
      expandJsonStrings(tape, 0, tape.count);
      scrubber.scrubRecord(at, 0, -1);
      writer.record(at);
    },
    rejected: (reason) => writer.rejected(reason),
  };
  for (const body of bodies) {
    tape.reset();
    ids.beginRequest('tenant', 'claude_code', new Uint8Array(16));
    writer.reset(1 << 20);
    const start = tape.append(body);
    decodeBody(view, 'logs', 'protobuf', start, start + body.length, visitor);
    const document = JSON.parse(Buffer.from(writer.bytes.subarray(0, writer.finish())).toString('utf8'));
    for (const resource of document.resourceLogs) {
      for (const scope of resource.scopeLogs) seen.raw.push(...scope.logRecords);
    }
  }
  return seen;
}

type Attributes = readonly (readonly [key: string, text: string])[];

/** A LogRecord; the body stands before the attributes, as exporters write it. */
function record(attributes: Attributes, body = 'x'): Buffer {
  const text = field(1, body);
  return Buffer.concat([field(5, text), ...attributes.map(([key, value]) => field(6, attribute(key, value)))]);
}

const SESSION: Attributes = [
  ['session.id', 's-1'],
  ['user.id', 'u-1'],
  ['terminal.type', 'vscode'],
];
const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

function expectLikeAlone(records: Buffer[], repeated: number[]): Seen {
  const together = run(request(...records));
  const alone = records.map((one) => run(request(one)));
  expect(together.raw).toEqual(alone.flatMap((one) => one.raw));
  expect(together.ids).toEqual(alone.flatMap((one) => one.ids));
  expect(together.repeated).toEqual(repeated);
  return together;
}

describe('attributes that repeat the record before', () => {
  it('are taken over up to the first that differs, in value, length or key', () => {
    expectLikeAlone(
      [
        record([...SESSION, ['n', '1']]),
        record([...SESSION, ['n', '2']]),
        record([SESSION[0]!, ['user.id', 'u-2'], SESSION[2]!]),
        record([SESSION[0]!, ['user.id', 'u-2'], SESSION[2]!, ['n', '3']]),
        record([SESSION[0]!, ['user.ix', 'u-2']]),
        record([['session.id', 's-10']]),
        record([]),
        record(SESSION),
      ],
      [0, 3, 1, 3, 1, 0, 0, 0],
    );
  });

  it('follow a list that ends earlier, and one that goes on', () => {
    expectLikeAlone([record([...SESSION, ['n', '1']]), record(SESSION), record([...SESSION, ['n', '4']])], [0, 3, 3]);
  });

  it('never bring back a secret, nor a JSON text with one in it', () => {
    const leading: Attributes = [SESSION[0]!, ['note', `token ${SECRET}`], ['tool_input', `{"note":"${SECRET}"}`]];
    const seen = expectLikeAlone(
      [0, 1, 2].map((number) => record([...leading, ['n', `${number}`]])),
      [0, 3, 3],
    );
    expect(JSON.stringify(seen.raw)).not.toContain(SECRET);
    expect(JSON.stringify(seen.raw)).toContain('REDACTED');
  });

  it('are compared with nothing behind a record that does not decode or lists them apart', () => {
    const apart = Buffer.concat([
      field(6, attribute('session.id', 's-1')),
      field(3, 'INFO'),
      field(6, attribute('b', 'c')),
    ]);
    const broken = Buffer.concat([record([...SESSION, ['n', '9']]), Buffer.from([0x0a])]);
    const good = record([...SESSION, ['n', '1']]);
    const seen = run(request(good, broken, good, apart, record([SESSION[0]!, ['n', '7']])));
    const alone = [good, good, apart, record([SESSION[0]!, ['n', '7']])].map((one) => run(request(one)).raw[0]);
    expect(seen.raw).toEqual(alone);
    expect(seen.repeated.slice(2)).toEqual([0, 0]);
  });

  it('survive values before them that overwrite their nodes', () => {
    const list = field(5, ...['a', 'b', 'c', 'd', 'e'].map((text) => field(1, field(1, text))));
    const crowded = Buffer.concat([field(5, list), record([...SESSION, ['n', '2']])]);
    expectLikeAlone([record([...SESSION, ['n', '1']]), crowded], [0, 3]);
  });

  it('do not pass from one request to the next', () => {
    const one = request(record([...SESSION, ['n', '1']]));
    const other = request(record([...SESSION, ['n', '1']]));
    expect(run(one, other).repeated).toEqual([0, 0]);
    expect(run(one, other).raw).toEqual([...run(one).raw, ...run(other).raw]);
  });

  it('give other ids under another resource, the same as alone', () => {
    const under = (host: string): Buffer =>
      field(1, field(1, field(1, attribute('host.name', host))), field(2, field(2, record(SESSION))));
    const seen = run(Buffer.concat([under('a'), under('b')]));
    expect(seen.repeated).toEqual([0, 3]);
    expect(seen.ids).toEqual([...run(under('a')).ids, ...run(under('b')).ids]);
    expect(seen.ids[0]).not.toBe(seen.ids[1]);
    expect(seen.raw[0]).toEqual(seen.raw[1]);
  });
});

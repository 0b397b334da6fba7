/**
 * Attributes that came before are not worked out again (codec/attribute-memory.ts). The oracle is the same request in
 * modules that were just loaded, where nothing came before: both frames must be the same, byte for byte.
 */

import { decompressFrameSync } from 'lz4-napi';
import { describe, expect, it, vi } from 'vitest';
import { decodeBody } from '../../../src/decode/decode.ts';
import { internName } from '../../../src/model/names.ts';
import { RecordView, type RecordVisitor } from '../../../src/model/record.ts';
import { Tape } from '../../../src/model/tape.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { attribute, field, request } from '../decode/protobuf-fields.ts';
import { OPTIONS, taskOf } from './one-request.ts';

const FORMS = ['protobuf', 'json'] as const;
type Form = (typeof FORMS)[number];
type Value = string | number | boolean;
type Attributes = readonly (readonly [key: string, value: Value])[];

function anyValue(value: Value): Record<string, unknown> {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'number' ? { intValue: value } : { boolValue: value };
}

function protobufAttribute(key: string, value: Value): Buffer {
  if (typeof value === 'string') return attribute(key, value);
  const content = Buffer.from(typeof value === 'number' ? [0x18, value] : [0x10, value ? 1 : 0]);
  return Buffer.concat([field(1, key), field(2, content)]);
}

/** A logs request of records that each have these attributes. */
function body(form: Form, ...records: Attributes[]): Buffer {
  return bodyOf(form, [], records);
}

/** The same under a resource with attributes of its own. */
function bodyOf(form: Form, resource: Attributes, records: readonly Attributes[]): Buffer {
  if (form === 'json') {
    const logRecords = records.map((attributes) => ({
      attributes: attributes.map(([key, value]) => ({ key, value: anyValue(value) })),
    }));
    const attributes = resource.map(([key, value]) => ({ key, value: anyValue(value) }));
    return Buffer.from(JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] }));
  }
  const all = (number: number, attributes: Attributes): Buffer =>
    Buffer.concat(attributes.map(([key, value]) => field(number, protobufAttribute(key, value))));
  return field(1, field(1, all(1, resource)), field(2, ...records.map((attributes) => field(2, all(6, attributes)))));
}

function framesOf(pipeline: Pipeline, form: Form, bytes: Buffer): string[] {
  const { frames } = pipeline.run(taskOf('claude_code', 'logs', form, bytes));
  return frames.map((frame) => decompressFrameSync(Buffer.from(frame.bytes)).toString('latin1'));
}

async function framesOfNew(form: Form, bytes: Buffer, options = OPTIONS): Promise<string[]> {
  vi.resetModules();
  const loaded = (await import('../../../src/pipeline/pipeline.ts')) as { Pipeline: typeof Pipeline };
  return framesOf(new loaded.Pipeline(options), form, bytes);
}

/** Runs the bodies in order, three times over; each must come out as if nothing had come before. */
async function expectLikeNew(form: Form, bodies: readonly Buffer[], options = OPTIONS): Promise<string[]> {
  const expected: string[][] = [];
  for (const bytes of bodies) expected.push(await framesOfNew(form, bytes, options));
  const pipeline = new Pipeline(options);
  for (let round = 0; round < 3; round++) {
    for (const [index, bytes] of bodies.entries()) expect(framesOf(pipeline, form, bytes)).toEqual(expected[index]);
  }
  return expected.flat();
}

const SESSION: Attributes = [
  ['session.id', 'session-1'],
  ['user.id', 'user-1'],
  ['terminal.type', 'vscode'],
  ['of.nobody', 'x'],
  ['event.sequence', 7],
  ['anthropic.custom_base_url', true],
];
const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

describe.each(FORMS)('attributes that came before, %s', (form) => {
  it('are taken from the memory', () => {
    const bytes = body(form, SESSION, SESSION, SESSION, [['session.id', 'session-2'], ...SESSION.slice(1)]);
    const tape = new Tape();
    const view = new RecordView(tape);
    const known: number[] = [];
    const ignore = (): void => undefined;
    const visitor: RecordVisitor = {
      resource: ignore,
      resourceEnd: ignore,
      scope: ignore,
      scopeEnd: ignore,
      rejected: ignore,
      record: ({ attributes }) => {
        known.push(tape.memo.subarray(attributes + 1, tape.next[attributes]!).filter((memo) => memo !== 0).length);
      },
    };
    const start = tape.append(bytes);
    decodeBody(view, 'logs', form, start, start + bytes.length, visitor);
    expect(known.slice(1)).toEqual([6, 6, 5]);
  });

  it('come out as if they were new, wherever they stand in the list', async () => {
    const [session, ...rest] = SESSION;
    await expectLikeNew(form, [
      body(form, [...SESSION, ['n', 1]], [...SESSION, ['n', 2]], [...rest, session!], []),
      body(form, [['user.id', 'user-2'], ...SESSION], [['terminal.type', 'vscode']]),
      body(form, [['session.id', 'session-1']], [['session.ix', 'session-1']], [['session.id', 'session-10']]),
      body(form, [...SESSION, ...SESSION], [['user.id', ''], ...SESSION]),
    ]);
  });

  it('of many values of one key are told apart', async () => {
    const bodies = Array.from({ length: 40 }, (_, index) =>
      body(form, [...SESSION, ['tool_name', `tool-${index % 7}`], ['request_id', `req-${index}`]]),
    );
    await expectLikeNew(form, bodies);
  });

  it('never bring back a secret, nor a JSON text with one in it, nor a withheld text', async () => {
    const attributes: Attributes = [
      ['note', `token ${SECRET}`],
      ['tool_input', `{"note":"${SECRET}"}`],
      [`key_${SECRET}`, 'value'],
      ['response', 'I looked at the loop'],
      ['api_key', 'zQ8fK2mVt4LpX9rB'],
      ...SESSION,
    ];
    const seen = await expectLikeNew(form, [body(form, attributes, attributes), body(form, attributes)]);
    for (const leaked of [SECRET, 'loop', 'zQ8fK2mVt4LpX9rB']) expect(seen.join()).not.toContain(leaked);
    expect(seen.join()).toContain('REDACTED');
  });

  it('are judged by the event that they stand in, and by the settings', async () => {
    const named = (event: string): Attributes => [
      ['event.name', event],
      ['body', 'the same text everywhere'],
      ['content', 'the same text everywhere'],
      ['prompt', 'the same text everywhere'],
      ['message', 'the same text everywhere'],
    ];
    const events = ['user_prompt', 'tool_result', 'api_request', 'hook_registered', 'of.nobody', 'api_error'];
    const bodies = events.map((event) => body(form, named(event), named(event)));
    for (const captured of [true, false]) {
      await expectLikeNew(form, bodies, { ...OPTIONS, capturePrompts: captured, captureOutputs: captured });
    }
  });

  it('of a resource stand over all its records, however many push into the memory', async () => {
    const crowd = (index: number): Attributes =>
      Array.from({ length: 300 }, (_, at): [string, Value] => [`key.${at}`, `${index} of ${at}, and some more`]);
    const resource: Attributes = [
      ['service.name', 'claude-code'],
      ['note', `token ${SECRET}`],
      ['of.nobody', 'x'],
      ['user.email', 'a@example.com'],
      ['build', 7],
    ];
    const other: Attributes = [['service.name', 'codex'], ...resource.slice(2)];
    const records = Array.from({ length: 20 }, (_, index) => crowd(index));
    const bodies = [resource, other, resource].map((owner) => bodyOf(form, owner, [SESSION, ...records, SESSION]));
    const seen = await expectLikeNew(form, bodies);
    expect(seen.join()).not.toContain(SECRET);
  });

  it('count once in the ring and in every row of a frame', async () => {
    const long = ['session.id', 'model', 'user.id', 'user.email', 'tool_name', 'prompt.id'];
    const attributes = long.map((key): [string, Value] => [key, key.repeat(12)]);
    const records = Array.from({ length: 600 }, () => attributes);
    const { results } = new Pipeline(OPTIONS).run(taskOf('claude_code', 'logs', form, body(form, ...records)));
    expect(results).toMatchObject([{ ok: true, normalizedCount: 600 }]);
    await expectLikeNew(form, [body(form, ...records.slice(0, 300)), body(form, ...records)]);
  });

  it('beyond number push each other out and nothing else', async () => {
    const bodies = Array.from({ length: 12 }, (_, index) =>
      body(
        form,
        Array.from({ length: 600 }, (_, at): [string, Value] => [`key.${at}`, `value ${index % 3} of ${at}`]),
        SESSION,
      ),
    );
    await expectLikeNew(form, bodies);
  });
});

describe('the memory of attributes', () => {
  it('does not take one form for the other', async () => {
    const json = '{"key":"session.id","value":{"stringValue":"session-1"}}';
    const pipeline = new Pipeline(OPTIONS);
    const twice = body('json', SESSION, SESSION, SESSION);
    framesOf(pipeline, 'json', twice);
    const bytes = request(field(6, json));
    expect(framesOf(pipeline, 'protobuf', bytes)).toEqual(await framesOfNew('protobuf', bytes));
  });

  it('forgets what it took for an unknown name when that name gets a number', () => {
    const pipeline = new Pipeline(OPTIONS);
    const bytes = body('protobuf', [['late.name', 'value-1']], [['late.name', 'value-1']]);
    framesOf(pipeline, 'protobuf', bytes);
    const lateName = internName('late.name');
    const tape = new Tape();
    const view = new RecordView(tape);
    const ignore = (): void => undefined;
    const ids: number[] = [];
    const record = ({ attributes }: RecordView): void => void ids.push(tape.keyId[attributes + 1]!);
    const visitor = {
      resource: ignore,
      resourceEnd: ignore,
      scope: ignore,
      scopeEnd: ignore,
      rejected: ignore,
      record,
    };
    const start = tape.append(bytes);
    decodeBody(view, 'logs', 'protobuf', start, start + bytes.length, visitor);
    expect(ids).toEqual([lateName, lateName]);
  });
});

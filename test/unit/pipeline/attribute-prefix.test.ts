/**
 * Leading attributes that the records of one scope share (codec/attribute-prefix.ts). The oracle is the same records in a
 * scope of their own each, where nothing can be shared: rows must be the same byte for byte, records the same JSON.
 */

import { decompressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { attribute, field } from '../decode/protobuf-fields.ts';
import { OPTIONS, taskOf } from './one-request.ts';

const FORMS = ['protobuf', 'json'] as const;
type Form = (typeof FORMS)[number];
type Attributes = readonly (readonly [key: string, value: string])[];
interface Sent {
  readonly attributes: Attributes;
  /** Key and value of a body that is a map: it moves the list of attributes on the tape. */
  readonly body?: Attributes;
}

const RESOURCE: Attributes = [
  ['service.name', 'claude-code'],
  ['host.arch', 'arm64'],
  ['of.resource', 'r'],
];

function keyValues(attributes: Attributes): unknown[] {
  return attributes.map(([key, value]) => ({ key, value: { stringValue: value } }));
}

function jsonRecord({ attributes, body }: Sent): unknown {
  const text = body === undefined ? {} : { body: { kvlistValue: { values: keyValues(body) } } };
  return { ...text, attributes: keyValues(attributes) };
}

function protobufRecord({ attributes, body }: Sent): Buffer {
  const all = (number: number, list: Attributes): Buffer[] =>
    list.map(([key, value]) => field(number, attribute(key, value)));
  const text = body === undefined ? [] : [field(5, field(6, ...all(1, body)))];
  return field(2, ...text, ...all(6, attributes));
}

/** A logs request of one resource, whose records stand in these scopes. */
function requestOf(form: Form, scopes: readonly (readonly Sent[])[]): Buffer {
  if (form === 'json') {
    const scopeLogs = scopes.map((records) => ({ logRecords: records.map(jsonRecord) }));
    return Buffer.from(
      JSON.stringify({ resourceLogs: [{ resource: { attributes: keyValues(RESOURCE) }, scopeLogs }] }),
    );
  }
  const resource = field(1, ...RESOURCE.map(([key, value]) => field(1, attribute(key, value))));
  return field(1, resource, ...scopes.map((records) => field(2, ...records.map(protobufRecord))));
}

interface Outcome {
  readonly events: string;
  readonly records: readonly unknown[];
}

interface Document {
  readonly resourceLogs: { readonly scopeLogs: { readonly logRecords: readonly unknown[] }[] }[];
}

function run(pipeline: Pipeline, bytes: Buffer, form: Form): Outcome {
  const { frames } = pipeline.run(taskOf('claude_code', 'logs', form, bytes));
  const textOf = (table: string): string => {
    const frame = frames.find((candidate) => candidate.table === table)!;
    return decompressFrameSync(Buffer.from(frame.bytes)).toString('latin1');
  };
  const { resourceLogs } = rawDocument(textOf('events_raw'));
  const records = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
  return { events: textOf('coding_agent_events'), records };
}

/** The raw text of the only row: from its first bracket to the last one with which it parses. */
function rawDocument(row: string): Document {
  const start = row.indexOf('{"resourceLogs"');
  for (let end = row.length; end > start; end = row.lastIndexOf('}', end - 2) + 1) {
    try {
      return JSON.parse(row.slice(start, end)) as Document;
    } catch {
      // Bytes of the columns behind it.
    }
  }
  throw new Error('no raw text');
}

/** Runs the records together and each apart, twice. */
function expectAsApart(form: Form, sent: readonly Sent[], options = OPTIONS): Outcome {
  const apart = run(
    new Pipeline(options),
    requestOf(
      form,
      sent.map((record) => [record]),
    ),
    form,
  );
  const pipeline = new Pipeline(options);
  for (let round = 0; round < 2; round++) {
    const together = run(pipeline, requestOf(form, [sent]), form);
    expect(together.records).toEqual(apart.records);
    expect(together.events).toBe(apart.events);
  }
  return apart;
}

const LEAD: Attributes = [
  ['user.id', 'user-1'],
  ['session.id', 'session-1'],
  ['of.prefix', 'p'],
  ['terminal.type', 'vscode'],
];
const tail = (index: number): Attributes => [
  ['event.name', index % 2 === 0 ? 'api_request' : 'tool_result'],
  ['event.sequence', String(index)],
  ['request_id', `req-${index}`],
];
const many = (make: (index: number) => Attributes, count = 8): Sent[] =>
  Array.from({ length: count }, (_, index) => ({ attributes: make(index) }));
const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

describe.each(FORMS)('a prefix that records share, %s', (form) => {
  it('comes out in each of them', () => {
    const { records, events } = expectAsApart(
      form,
      many((index) => [...LEAD, ...tail(index)]),
    );
    expect(records[7]).toEqual({ attributes: keyValues([...LEAD, ...tail(7)]) });
    expect(events.split('of.prefix').length - 1).toBe(8);
  });

  it('may be all that a record has', () => {
    expectAsApart(form, [...many(() => LEAD), ...many((index) => [...LEAD, ...tail(index)]), ...many(() => LEAD)]);
  });

  it('may end, come back, grow and shrink', () => {
    const lists = [LEAD, LEAD.slice(0, 2), [...LEAD, ...tail(1)], tail(1), [], LEAD.slice(1), [...LEAD, ...LEAD]];
    expectAsApart(
      form,
      many((index) => lists[(index * 5) % lists.length]!, 60),
    );
    expectAsApart(
      form,
      many((index) => lists[Math.floor(index / 3) % lists.length]!, 60),
    );
  });

  it('may hold more attributes than are compared', () => {
    const long = Array.from({ length: 50 }, (_, index): [string, string] => [`key.${index}`, `value ${index}`]);
    expectAsApart(
      form,
      many((index) => [...long, ...tail(index)]),
    );
  });

  it('may begin at another place of the tape', () => {
    const sent = many((index) => [...LEAD, ...tail(index)], 30).map((record, index) =>
      index % 3 === 0 ? { ...record, body: LEAD.slice(0, (index / 3) % 5) } : record,
    );
    expectAsApart(form, sent);
  });

  it('gives way to an attribute behind it with the same key, as the resource does', () => {
    const own = (index: number): Attributes => [
      ...LEAD,
      ...tail(index),
      ['of.prefix', `own ${index % 3}`],
      ['of.resource', `own ${index}`],
      ['session.id', index % 2 === 0 ? 'session-1' : 'session-2'],
    ];
    expectAsApart(
      form,
      many((index) => (index % 4 === 3 ? [...LEAD, ...tail(index)] : own(index)), 20),
    );
  });

  it('never shows a secret or a withheld text in it', () => {
    const leads: Attributes[] = [
      [['note', `token ${SECRET}`], ...LEAD],
      [...LEAD, ['api_key', 'zQ8fK2mVt4LpX9rB']],
      [...LEAD, ['tool_input', `{"note":"${SECRET}"}`], ['of.json', '[1,2]']],
      [...LEAD, ['response', 'I looked at the loop']],
    ];
    for (const lead of leads) {
      const outcome = expectAsApart(
        form,
        many((index) => [...lead, ...tail(index)]),
      );
      const seen = JSON.stringify(outcome);
      for (const leaked of [SECRET, 'loop', 'zQ8fK2mVt4LpX9rB']) expect(seen).not.toContain(leaked);
    }
  });

  it('is judged by what stands beside it', () => {
    const lead: Attributes = [['value', 'zQ8fK2mVt4LpX9rB'], ...LEAD];
    const names = ['colour', 'api_key', 'shape', 'password'];
    const outcome = expectAsApart(
      form,
      many((index) => [...lead, ['name', names[index % 4]!]]),
    );
    expect(JSON.stringify(outcome).split('zQ8fK2mVt4LpX9rB').length - 1).toBeGreaterThan(0);
  });

  it('is judged by the event and by what the record opts into', () => {
    const lead: Attributes = [
      ...LEAD,
      ['body', 'the same text'],
      ['prompt', 'the same text'],
      ['message', 'the same text'],
    ];
    const events = ['user_prompt', 'tool_result', 'api_request', 'hook_registered', 'of.nobody', 'api_error'];
    const sent = many(
      (index) => [
        ...lead,
        ['event.name', events[index % 6]!],
        ['moda.capture_prompts', index % 5 === 0 ? 'true' : 'false'],
      ],
      36,
    );
    for (const [captured, gate] of [
      [true, true],
      [false, true],
      [false, false],
    ] as const) {
      const options = { ...OPTIONS, capturePrompts: captured, captureOutputs: captured, allowEventLevelOptIn: gate };
      expectAsApart(form, sent, options);
    }
  });

  it('keeps its remembered attributes however many push into the memory', () => {
    const crowd = (index: number): Attributes =>
      Array.from({ length: 300 }, (_, at): [string, string] => [`key.${at}`, `${index} of ${at}, and some more`]);
    expectAsApart(
      form,
      many((index) => [...LEAD, ...crowd(index)], 20),
    );
  });

  it('is cut where the raw text ends', () => {
    const sent = many((index) => [...LEAD, ...tail(index), ['note', 'x'.repeat(90)]], 40);
    const options = { ...OPTIONS, rawEventBytesMax: 6000 };
    const pipeline = new Pipeline(options);
    const whole = run(new Pipeline(OPTIONS), requestOf(form, [sent]), form);
    const cut = run(pipeline, requestOf(form, [sent]), form);
    expect(cut.records.length).toBeLessThan(40);
    expect(cut.records.slice(0, -1)).toEqual(whole.records.slice(0, cut.records.length - 1));
    expect(cut.events).toBe(whole.events);
  });
});

it('does not hold over lists in two parts, which protobuf allows', () => {
  const part = (list: Attributes): Buffer[] => list.map(([key, value]) => field(6, attribute(key, value)));
  const time = Buffer.concat([Buffer.from([0x09]), Buffer.alloc(8, 1)]);
  const record = (index: number): Buffer =>
    field(2, ...part(LEAD), ...(index % 2 === 0 ? [time] : []), ...part(tail(index)));
  const records = Array.from({ length: 9 }, (_, index) => record(index));
  const resource = field(1, ...RESOURCE.map(([key, value]) => field(1, attribute(key, value))));
  const together = run(new Pipeline(OPTIONS), field(1, resource, field(2, ...records)), 'protobuf');
  const apart = run(new Pipeline(OPTIONS), field(1, resource, ...records.map((one) => field(2, one))), 'protobuf');
  expect(together).toEqual(apart);
});

/**
 * The ways in which versions of the agents write the same thing: numbers and booleans as strings or not, names with and
 * without prefix and in another place, attributes in another order, fields of a future version. Every recorded JSON body
 * is rewritten so; its rows must fill the same columns with the same values.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURES, type Capture } from './support/captures.ts';
import { type RunningServer, runServer } from './support/server.ts';

type Json = Record<string, unknown>;
interface Attribute {
  readonly key: string;
  readonly value: Json;
}

/** Codex's spans are 670 a body and say nothing new here. */
const RECORDED = CAPTURES.filter(
  ({ agent, signal, file }) =>
    file.endsWith('.json') && (signal === 'logs' || (signal === 'traces' && agent === 'claude')),
);

/** Rewrites every object of a body, innermost first. */
function rewrite(value: unknown, change: (object: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return change(Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rewrite(item, change)])));
}

const attributesBy =
  (change: (all: readonly Attribute[]) => readonly Attribute[]) =>
  (object: Json): Json =>
    Array.isArray(object['attributes'])
      ? { ...object, attributes: change(object['attributes'] as readonly Attribute[]) }
      : object;

const valuesBy = (change: (value: Json, key: string) => Json): ((object: Json) => Json) =>
  attributesBy((all) => all.map(({ key, value }) => ({ key, value: change(value, key) })));

const withoutNameAttribute = attributesBy((all) => all.filter(({ key }) => key !== 'event.name'));
const isText = (value: Json, pattern: RegExp): boolean => pattern.test(String(value['stringValue'] ?? ''));
const isLogRecord = (object: Json): boolean => 'observedTimeUnixNano' in object || 'body' in object;
/** Names of numbers that some version sends as a string. */
const NUMBER = /tokens|_ms$|_?count$|attempt|size_bytes|_length|status_code|num_/;

type Drift = [name: string, change: (object: Json) => Json, agents?: readonly string[]];
const DRIFTS: readonly Drift[] = [
  [
    'numbers as strings',
    valuesBy((value) =>
      'intValue' in value || 'doubleValue' in value
        ? { stringValue: String(value['intValue'] ?? value['doubleValue']) }
        : value,
    ),
  ],
  [
    'strings as numbers',
    valuesBy((value, key) =>
      NUMBER.test(key) && isText(value, /^(0|[1-9]\d{0,14})$/) ? { intValue: value['stringValue'] } : value,
    ),
  ],
  [
    'integers as doubles',
    valuesBy((value) => ('intValue' in value ? { doubleValue: Number(value['intValue']) } : value)),
  ],
  [
    'booleans as strings',
    valuesBy((value) => ('boolValue' in value ? { stringValue: String(value['boolValue']) } : value)),
  ],
  [
    'strings as booleans',
    valuesBy((value) => (isText(value, /^(true|false)$/) ? { boolValue: value['stringValue'] === 'true' } : value)),
  ],
  ['attributes in another order', attributesBy((all) => [...all].reverse())],
  ['fields of a future version', (object) => ({ ...object, fromTheFuture: { a: [1, { b: null }] } })],
  [
    'the name with its prefix',
    valuesBy((value, key) => (key === 'event.name' ? { stringValue: `claude_code.${value['stringValue']}` } : value)),
    ['claude'],
  ],
  ['the name in the body alone', withoutNameAttribute, ['claude']],
  [
    'the name in an attribute alone',
    (object) => (isLogRecord(object) ? { ...object, body: undefined } : object),
    ['claude'],
  ],
  [
    'the name as event_name alone',
    (object) =>
      isLogRecord(object)
        ? withoutNameAttribute({ ...object, eventName: (object['body'] as Json)['stringValue'], body: undefined })
        : object,
    ['claude'],
  ],
];

/** Native name and attributes keep how a version writes them; ids hang on the bytes. */
const AS_WRITTEN = ['event_id', 'event_name', 'attributes', 'request_id', 'ingested_at'];

/** Columns of the rows of each body, sent together. */
async function columnsOf(server: RunningServer, bodies: readonly (readonly [Capture, unknown])[]): Promise<string[][]> {
  const replies = await Promise.all(
    bodies.map(([{ agent, signal }, body]) => server.post(`/v1/otel/${agent}/${signal}`, body)),
  );
  for (const { status, requestId } of replies) {
    expect(status).toBe(200);
    await server.stored(requestId);
  }
  const ids = replies.map(({ requestId }) => requestId);
  const rows = await server.sql('SELECT * FROM coding_agent_events FINAL WHERE request_id IN {ids:Array(UUID)}', {
    ids,
  });
  return ids.map((id) =>
    rows
      .filter((row) => row['request_id'] === id)
      .map((row) => JSON.stringify(Object.entries(row).filter(([column]) => !AS_WRITTEN.includes(column))))
      .sort(),
  );
}

let server: RunningServer;
let recorded: ReadonlyMap<Capture, string[]>;
beforeAll(async () => {
  server = await runServer();
  const columns = await columnsOf(
    server,
    RECORDED.map((capture) => [capture, capture.body] as const),
  );
  recorded = new Map(RECORDED.map((capture, index) => [capture, columns[index]!]));
});
afterAll(() => server.stop());

describe('versions that write the same in another way fill the same columns', () => {
  it.each([...DRIFTS])('%s', async (_name, change, agents = []) => {
    const rewritten = RECORDED.filter(({ agent }) => agents.length === 0 || agents.includes(agent)).flatMap(
      (capture) => {
        const original = JSON.parse(capture.body.toString('utf8')) as unknown;
        const body = JSON.stringify(rewrite(original, change));
        // A body that this does not change would be a retry of the recorded one, and collapse with it.
        return body === JSON.stringify(original) ? [] : [[capture, body] as const];
      },
    );
    expect(rewritten.length).toBeGreaterThan(3);
    const columns = await columnsOf(server, rewritten);
    for (const [index, [capture]] of rewritten.entries()) {
      expect(columns[index], capture.file).toEqual(recorded.get(capture));
    }
  });
});

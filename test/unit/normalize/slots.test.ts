/** Which of several values fills a column: names and scopes in rank, the loser among the attributes unless it says the same. */

import { describe, expect, it } from 'vitest';
import { hook, log, rowsOf, type Scopes } from './normalized.ts';

const HEX = '0123456789abcdef'.repeat(4);
const userOf = (scopes: Scopes): unknown => log('claude_code', scopes).columns['user_id'];

describe('an identity column', () => {
  /** The order that acceptance statements 19 to 21 give. */
  it.each([
    ['org_id', ['org_id', 'org.id', 'company.id', 'organization.id']],
    ['project_id', ['project_id', 'project.id', 'moda.project_id']],
    ['user_id', ['moda.user_id', 'enduser.id', 'user.id']],
    ['user_email', ['user.email', 'enduser.email']],
  ])('[C19] [C20] [C21] [C23] %s takes the earlier name, wherever it stands', (column, names) => {
    for (const [rank, name] of names.entries()) {
      expect(log('codex', { record: { [name]: 'alone' } }).columns[column]).toBe('alone');
      for (const later of names.slice(rank + 1)) {
        const row = log('codex', { resource: { [name]: 'first' }, record: { [later]: 'second' } });
        expect(row.columns[column], `${name} before ${later}`).toBe('first');
        expect(row.attributes[later]).toBe('second');
        const reverse = log('codex', { record: { [name]: 'first' }, resource: { [later]: 'second' } });
        expect(reverse.columns[column], `${name} before ${later}`).toBe('first');
      }
    }
  });

  it('[C23] takes the innermost scope of one name', () => {
    const scopes = { resource: { repo: 'outer' }, scope: { repo: 'middle' }, record: { repo: 'inner' } };
    expect(log('codex', scopes).columns['repo']).toBe('inner');
    expect(log('codex', { ...scopes, record: {} }).columns['repo']).toBe('middle');
    expect(log('codex', { resource: scopes.resource }).columns['repo']).toBe('outer');
  });
});

describe('[C23] the installation id that Claude Code writes as user.id', () => {
  it('gives way to the user.id of the resource and stays in attributes', () => {
    const row = log('claude_code', { resource: { 'user.id': 'ada' }, record: { 'user.id': HEX } });
    expect([row.columns['user_id'], row.attributes['user.id']]).toEqual(['ada', HEX]);
  });

  it('stands when nothing else does, and gives way to every other name', () => {
    expect(userOf({ record: { 'user.id': HEX } })).toBe(HEX);
    expect(userOf({ resource: { 'cursor.user.id': 'ada' }, record: { 'user.id': HEX } })).toBe('ada');
    expect(userOf({ resource: { 'user.id': HEX }, record: { 'user.id': 'ada' } })).toBe('ada');
  });

  it.each([
    ['63 digits', HEX.slice(1)],
    ['65 digits', `${HEX}0`],
    ['upper case', HEX.toUpperCase()],
    ['a letter past f at the end', `${HEX.slice(1)}g`],
    ['a colon', `${HEX.slice(1)}:`],
    ['a slash', `/${HEX.slice(1)}`],
    ['a back-tick', `\`${HEX.slice(1)}`],
  ])('is 64 lower-case hex digits, not %s', (_what, id) => {
    expect(userOf({ resource: { 'user.id': 'ada' }, record: { 'user.id': id } })).toBe(id);
  });

  it('is meant by user.id alone', () => {
    expect(userOf({ resource: { 'enduser.id': 'ada' }, record: { 'enduser.id': HEX } })).toBe(HEX);
  });
});

describe('any other column', () => {
  it('takes the innermost scope before the earlier name', () => {
    const row = log('claude_code', { resource: { 'session.id': 'outer' }, record: { 'conversation.id': 'inner' } });
    expect([row.columns['session_id'], row.attributes['session.id']]).toEqual(['inner', 'outer']);
  });

  it('takes the earlier name of one scope, in either order', () => {
    const early = log('claude_code', { record: { 'session.id': 'a', 'conversation.id': 'b' } });
    const late = log('claude_code', { record: { 'conversation.id': 'b', 'session.id': 'a' } });
    for (const row of [early, late]) {
      expect([row.columns['session_id'], row.attributes]).toEqual(['a', { 'conversation.id': 'b' }]);
    }
  });

  it('takes the last of one name that stands twice in one scope', () => {
    const attribute = (value: string) => ({ key: 'model', value: { stringValue: value } });
    const logRecords = [{ attributes: [attribute('first'), attribute('second')] }];
    const [row] = rowsOf('claude_code', 'logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    expect([row!.columns['model'], row!.attributes['model']]).toEqual(['second', 'first']);
  });

  it.each([null, ''])('does not let %j stand before a value', (nothing) => {
    const row = log('claude_code', { resource: { model: 'opus' }, record: { model: nothing } });
    expect([row.columns['model'], row.attributes]).toEqual(['opus', {}]);
  });
});

describe('a value that lost', () => {
  it.each([
    ['text', 'same', 'same', 'diff'],
    ['a number', 7, 7, 8],
    ['a large number', 2 ** 40, 2 ** 40, 2 ** 40 + 2 ** 33],
    ['a decimal', 0.5, 0.5, 0.25],
    ['a boolean', true, true, false],
  ])('is dropped when it says the same and kept when not: %s', (_what, won, same, other) => {
    expect(log('claude_code', { resource: { repo: same }, record: { repo: won } }).attributes).toEqual({});
    expect(log('claude_code', { resource: { repo: other }, record: { repo: won } }).attributes).toEqual({
      repo: String(other),
    });
  });

  it('is kept when it is of another kind', () => {
    const row = log('claude_code', { record: { request_id: 7, 'gen_ai.response.id': '7' } });
    expect(row.attributes).toEqual({ 'gen_ai.response.id': '7' });
  });

  it('is kept with its own name beside the winner’s', () => {
    const row = log('claude_code', {
      record: { input_tokens: 5, 'gen_ai.usage.input_tokens': 6, input_token_count: 5 },
    });
    expect([row.columns['input_tokens'], row.attributes]).toEqual([5, { 'gen_ai.usage.input_tokens': '6' }]);
  });
});

it('keeps what has no column, the innermost of one key', () => {
  const row = log('claude_code', {
    resource: { shared: 'outer', 'host.name': 'vm' },
    scope: { shared: 'middle' },
    record: { shared: 'inner', n: [1, { a: true }] },
  });
  expect(row.attributes).toEqual({ shared: 'inner', 'host.name': 'vm', n: '[1,{"a":true}]' });
});

it('[B17] leaves out only what stands in the name, the time or the id of the event', () => {
  const otlp = { 'event.name': 'x', 'event.timestamp': '2025-01-15T12:34:56Z' };
  const agent = { hook_event_name: 'Stop', event_id: 'e1' };
  expect(log('codex', { record: { ...otlp, ...agent } }).attributes).toEqual(agent);
  expect(hook('codex', { ...otlp, ...agent }).attributes).toEqual(otlp);
});

it('takes more attributes than the first lists hold', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `x${index}`);
  const given = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
  expect(log('claude_code', { record: given }).attributes).toEqual(given);
  expect(log('claude_code', { resource: given }).attributes).toEqual(given);
});

it('gives each record its own attributes and those of its resource and scope, and nothing of its neighbours', () => {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const records = (...names: string[]) => ({
    logRecords: names.map((name) => ({ attributes: [attribute(name, 'own'), attribute('model', name)] })),
  });
  const rows = rowsOf('codex', 'logs', {
    resourceLogs: [
      {
        resource: { attributes: [attribute('host', 'h1'), attribute('repo', 'r1'), attribute('d', 'outer')] },
        scopeLogs: [
          { scope: { attributes: [attribute('lib', 'l1')] }, ...records('a', 'b', 'c', 'd', 'e') },
          records('f', 'g'),
        ],
      },
      { scopeLogs: [records('h', 'i')] },
    ],
  });
  const [first, second] = [
    { host: 'h1', d: 'outer', lib: 'l1' },
    { host: 'h1', d: 'outer' },
  ];
  expect(rows.map(({ attributes }) => attributes)).toEqual([
    { ...first, a: 'own' },
    { ...first, b: 'own' },
    { ...first, c: 'own' },
    { ...first, d: 'own' },
    { ...first, e: 'own' },
    { ...second, f: 'own' },
    { ...second, g: 'own' },
    { h: 'own' },
    { i: 'own' },
  ]);
  expect(rows.map(({ columns }) => columns['model'])).toEqual([...'abcdefghi']);
  expect(rows.map(({ columns }) => columns['repo'])).toEqual([...Array(7).fill('r1'), undefined, undefined]);
});

it('gives a hook nothing of a request before it', () => {
  log('claude_code', { resource: { repo: 'r', host: 'h' }, scope: { branch: 'b' } });
  const { columns, attributes } = hook('claude_code', { hook_event_name: 'Stop', x: 'y' });
  expect(Object.keys(columns).sort()).toEqual(['event_name', 'event_type', 'timestamp']);
  expect(attributes).toEqual({ x: 'y' });
});

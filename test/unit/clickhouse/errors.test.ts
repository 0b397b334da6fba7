import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';

import { classifyError } from '../../../src/clickhouse/errors.ts';

const server = (code: number, message = 'secret row', type = 'SOME_TYPE') =>
  new ClickHouseError({ code: String(code), type, message });

describe('classifyError', () => {
  it.each([
    [241, 'transient'],
    [159, 'transient'],
    [209, 'transient'],
    [242, 'transient'],
    [202, 'transient'],
    [999, 'transient'],
    [4321, 'transient'],
    [319, 'ambiguous'],
    [16, 'compareSchema'],
    [53, 'compareSchema'],
    [60, 'compareSchema'],
    [81, 'compareSchema'],
    [117, 'compareSchema'],
    [33, 'compareSchema'],
    [618, 'data'],
    [516, 'configuration'],
    [115, 'configuration'],
  ])('server code %i is %s', (code, kind) => {
    expect(classifyError(server(code))).toMatchObject({ kind, code });
  });

  it('tells too many partitions from too many parts, which share code 252', () => {
    const partitions = 'Too many partitions for single INSERT block (more than 100).';
    expect(classifyError(server(252, partitions)).kind).toBe('split');
    expect(classifyError(server(252, 'Too many parts (3000) in all partitions')).kind).toBe('transient');
    expect(classifyError(server(252, 'Too many parts (300). Merges are slower than inserts')).kind).toBe('transient');
  });

  it.each([
    ['ECONNREFUSED', 'transient'],
    ['ENOTFOUND', 'transient'],
    ['ECONNRESET', 'ambiguous'],
    ['EPIPE', 'ambiguous'],
  ])('network code %s is %s', (code, kind) => {
    expect(classifyError(Object.assign(new Error('x'), { code })).kind).toBe(kind);
  });

  it.each([
    ['EHOSTUNREACH', 'connect', 'transient'],
    ['EHOSTUNREACH', 'read', 'ambiguous'],
    ['ENETUNREACH', 'write', 'ambiguous'],
    ['ECONNREFUSED', 'read', 'ambiguous'],
    ['ENOTFOUND', 'getaddrinfo', 'transient'],
  ])('network code %s of %s is %s: a request may be on its way on a connection', (code, syscall, kind) => {
    expect(classifyError(Object.assign(new Error('x'), { code, syscall })).kind).toBe(kind);
  });

  it('takes a refused connection on all addresses as nothing sent', () => {
    const refused = () => Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    expect(classifyError(new AggregateError([refused(), refused()])).kind).toBe('transient');
    expect(classifyError(new AggregateError([refused(), new Error('y')])).kind).toBe('ambiguous');
  });

  it.each([new Error('<html>502 Bad Gateway</html>'), 'text', undefined])('anything else is ambiguous: %s', (error) => {
    expect(classifyError(error).kind).toBe('ambiguous');
  });

  it.each([
    [
      'Code: 62, e.displayText() = DB::Exception: Syntax error: failed at position 9 secret, e.what() = DB::Exception',
      'ClickHouse error 62, in the words of a version that is too old',
    ],
    [
      'Port 9000 is for clickhouse-client program.\r\nYou must use port 8123 for HTTP.\r\n',
      "this is ClickHouse's native port, not its HTTP port",
    ],
    ['<html>secret</html>', "no answer from the store, or one that is not ClickHouse's: Error"],
  ])('tells an operator what answered instead of a ClickHouse that we know: %s', (text, message) => {
    expect(classifyError(new Error(text))).toEqual({ kind: 'ambiguous', message });
  });

  it('never repeats the server text, which may quote rows', () => {
    expect(JSON.stringify(classifyError(server(117, 'secret row', 'INCORRECT_DATA')))).not.toContain('secret');
    expect(JSON.stringify(classifyError(server(117, 'x', 'secret type')))).not.toContain('secret');
    expect(JSON.stringify(classifyError(Object.assign(new Error('secret'), { code: 'secret' })))).not.toContain(
      'secret',
    );
    expect(classifyError(server(117, 'x', 'INCORRECT_DATA')).message).toBe('ClickHouse error 117 (INCORRECT_DATA)');
  });
});

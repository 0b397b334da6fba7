import { describe, expect, it } from 'vitest';

import { EngineException, toEngineException } from '../../../../src/clickhouse/embedded/exception.ts';

describe('toEngineException', () => {
  it('reads code, name and text of what chDB throws', () => {
    const error = toEngineException(new Error("Code: 115. DB::Exception: Unknown setting 'x'. (UNKNOWN_SETTING)"));
    expect(error).toMatchObject({
      code: 115,
      codeName: 'UNKNOWN_SETTING',
      message: "Unknown setting 'x'.",
      status: 404,
    });
  });

  it('unwraps an exception that the engine wrapped in itself, and hides the file of an insert', () => {
    const raw =
      'Code: 33. DB::Exception: Code: 33. DB::Exception: Cannot read all data. Bytes read: 13. Bytes expected: 30: (at row 2)\n' +
      ': (in file/uri insert-ab12): While executing BinaryRowInputFormat: While executing File: data for INSERT was parsed from file. ' +
      '(CANNOT_READ_ALL_DATA) (version 26.7.2.1). (CANNOT_READ_ALL_DATA)';
    expect(toEngineException(new Error(raw)).text('26.7.2.1')).toBe(
      'Code: 33. DB::Exception: Cannot read all data. Bytes read: 13. Bytes expected: 30: (at row 2)\n' +
        ': While executing BinaryRowInputFormat. (CANNOT_READ_ALL_DATA) (version 26.7.2.1 (official build))\n',
    );
  });

  it('gives failures without a code the code of a C++ standard exception', () => {
    expect(toEngineException(new Error('boom'))).toMatchObject({ code: 1001, status: 500 });
  });

  // ClickHouse src/Server/HTTP/exceptionCodeToHTTPStatus.cpp
  it.each([
    [62, 400],
    [117, 400],
    [60, 404],
    [115, 404],
    [516, 403],
    [194, 401],
    [159, 408],
    [48, 501],
    [241, 500],
    [252, 500],
    [209, 503],
  ])('code %i answers with status %i', (code, status) => {
    expect(new EngineException(code, 'X', '').status).toBe(status);
  });
});

import { describe, expect, it } from 'vitest';

import { parseStatement } from '../../../../src/clickhouse/embedded/statement.ts';

describe('parseStatement', () => {
  it.each([
    ['SELECT 1', 'read', true],
    ['  -- a comment; with a semicolon\n /* another; */ select 1', 'read', true],
    ['WITH 1 AS a SELECT a', 'read', true],
    ['(SELECT 1) UNION ALL (SELECT 2)', 'read', true],
    ['SHOW TABLES', 'read', false],
    ['DESCRIBE t', 'read', false],
    ['EXPLAIN SELECT 1', 'read', false],
    ['CREATE TABLE t (a Int32) ENGINE = Memory', 'write', false],
    ['ALTER TABLE t MODIFY TTL a', 'write', false],
    ['KILL QUERY WHERE 1', 'write', false],
    ['INSERT INTO t SELECT 1', 'write', false],
    ['INSERT INTO t (a) WITH 1 AS x SELECT x', 'write', false],
    ['', 'empty', false],
    ['-- nothing', 'empty', false],
  ])('%s is a %s', (sql, kind, isSelect) => {
    expect(parseStatement(sql)).toMatchObject({ kind, isSelect });
  });

  it.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT 1 format JSONEachRow;', 'JSONEachRow'],
    ['SELECT 1 FORMAT CSV SETTINGS max_threads = 1', 'CSV'],
    ["SELECT ' FORMAT CSV'", undefined],
    ['SELECT `FORMAT` FROM t', undefined],
    ['SELECT a AS format FROM t', undefined],
    ["SELECT format('{}', 1)", undefined],
    ['SELECT * FROM (SELECT 1 FORMAT JSON)', undefined],
    ['SELECT 1 -- FORMAT CSV', undefined],
    ["SELECT 'it''s \\' FORMAT CSV' FORMAT TSV", 'TSV'],
    ['SELECT $a$ FORMAT CSV $a$ FORMAT TSV', 'TSV'],
  ])('finds the FORMAT clause of %s: %s', (sql, format) => {
    expect(parseStatement(sql).format).toBe(format);
  });

  it.each([
    'SELECT 1; SELECT 2',
    'SELECT 1; DROP TABLE t',
    "SELECT ';'; SELECT 2",
    'CREATE TABLE t (a Int32) ENGINE = Memory; SELECT 1',
  ])('refuses a second statement: %s', (sql) => {
    expect(parseStatement(sql).refusal).toBe('multipleStatements');
  });

  it.each(['SELECT 1;', 'SELECT 1; -- end', "SELECT ';'", 'SELECT 1 /* ; */ ;\n'])('takes one statement: %s', (sql) => {
    expect(parseStatement(sql).refusal).toBeUndefined();
  });

  it('refuses files: INTO OUTFILE of a read, FROM INFILE of an insert', () => {
    expect(parseStatement("SELECT 1 INTO OUTFILE '/tmp/x'").refusal).toBe('outfile');
    expect(parseStatement("INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV").refusal).toBe('infile');
  });

  it.each([
    ['INSERT INTO t FORMAT CSV\n1,2', 'CSV', '1,2'],
    ['INSERT INTO t FORMAT CSV  \r\n 1', 'CSV', ' 1'],
    ['INSERT INTO t FORMAT RowBinary\n\n\x00\xff', 'RowBinary', '\n\x00\xff'],
    ["INSERT INTO db.t (a, b) VALUES (1, 'FORMAT')", 'Values', " (1, 'FORMAT')"],
    ['INSERT INTO TABLE t (`values`, "format") SETTINGS async_insert = 0 FORMAT TSV', 'TSV', ''],
    ["INSERT INTO FUNCTION file('x', 'CSV') FORMAT CSV\n1", 'CSV', '1'],
    ['INSERT INTO format FORMAT TSV\nx', 'TSV', 'x'],
    ['INSERT INTO {table:Identifier} (a) FORMAT TSV\nx', 'TSV', 'x'],
    ['INSERT INTO t (a)', 'Values', ''],
  ])('separates statement and data of %j', (sql, format, data) => {
    const { insert } = parseStatement(sql);
    expect(insert?.format).toBe(format);
    expect(sql.slice(insert?.dataAt)).toBe(data);
  });

  it('leaves room for a source between columns and SETTINGS', () => {
    const sql = 'INSERT INTO t (a, b) SETTINGS x = 1 FORMAT TSV';
    const { insert } = parseStatement(sql);
    expect(sql.slice(0, insert?.sourceAt)).toBe('INSERT INTO t (a, b) ');
    expect(sql.slice(insert?.sourceAt, insert?.settingsEnd)).toBe('SETTINGS x = 1 ');
  });

  it('ends on hostile text without hanging', () => {
    for (const sql of [
      "SELECT '",
      'SELECT "',
      'SELECT `',
      'SELECT /*',
      'INSERT',
      'INSERT INTO',
      'INSERT INTO {',
      '((((',
    ]) {
      expect(parseStatement(sql.repeat(1000)).end).toBeGreaterThan(0);
    }
    expect(parseStatement(`SELECT ${'('.repeat(500_000)}`).kind).toBe('read');
  });
});

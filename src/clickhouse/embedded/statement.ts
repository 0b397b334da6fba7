/**
 * Just enough of ClickHouse's grammar to route a statement: does it read, insert rows that follow it, or write; where
 * its data begins; which FORMAT it names; whether a second statement hides behind a semicolon. Everything else is left
 * to the engine's own parser. Works on latin1 text, so that an offset is a byte offset even in front of binary data.
 */

/** Kinds of token that matter: bare words (keywords, names, numbers), quoted names, strings, and single symbols. */
interface Token {
  readonly type: 'word' | 'name' | 'string' | 'symbol' | 'end';
  readonly start: number;
  readonly end: number;
  /** Words in upper case, symbols as they are, empty otherwise. */
  readonly word: string;
}

export interface InsertClause {
  /** Offset where `FROM INFILE …` belongs: behind table and columns, before SETTINGS. */
  readonly sourceAt: number;
  /** End of the SETTINGS clause, so `[sourceAt, settingsEnd)` is the clause itself or empty. */
  readonly settingsEnd: number;
  readonly format: string;
  /** Offset of the first byte of data in the text; its length when there is none. */
  readonly dataAt: number;
}

export interface Statement {
  /** `read` changes nothing and has a result; `insert` takes rows from the request; `write` is all the rest. */
  readonly kind: 'empty' | 'read' | 'insert' | 'write';
  /** A plain SELECT, whose result can be fetched block by block. */
  readonly isSelect: boolean;
  /** FORMAT clause of a read. */
  readonly format?: string;
  readonly insert?: InsertClause;
  /** What a server refuses although the engine, a local one, would do it. */
  readonly refusal?: 'multipleStatements' | 'outfile' | 'infile';
  /** Offset behind the statement, before a closing semicolon. */
  readonly end: number;
}

const READS = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'CHECK', 'SET', 'USE', '(']);

/** Routes `sql`; linear in its length, and never past the start of an INSERT's data. */
export function parseStatement(sql: string): Statement {
  const first = nextToken(sql, 0);
  if (first.type === 'end') return { kind: 'empty', isSelect: false, end: first.start };
  if (first.word === 'INSERT') return parseInsert(sql, first.end);
  return parsePlain(sql, first);
}

function parsePlain(sql: string, first: Token): Statement {
  const kind = READS.has(first.word) ? 'read' : 'write';
  let isSelect = first.word === 'SELECT' || first.word === 'WITH' || first.word === '(';
  let format: string | undefined;
  let refusal: Statement['refusal'];
  let depth = 0;
  let previous = '';
  for (let token = first; ; token = nextToken(sql, token.end)) {
    if (token.type === 'end' || (token.word === ';' && depth <= 0)) {
      const isLast = token.type === 'end' || nextToken(sql, token.end).type === 'end';
      if (!isLast) refusal = 'multipleStatements';
      if (kind === 'write') isSelect = false;
      return {
        kind,
        isSelect,
        end: token.start,
        ...(format === undefined ? {} : { format }),
        ...(refusal === undefined ? {} : { refusal }),
      };
    }
    depth += depthChange(token);
    if (depth === 0 && previous === 'FORMAT' && kind === 'read' && endsStatement(sql, token)) {
      format = sql.slice(token.start, token.end);
    }
    if (depth === 0 && previous === 'INTO' && token.word === 'OUTFILE') refusal = 'outfile';
    previous = token.word;
  }
}

/** `INSERT [INTO] [TABLE] [FUNCTION] name [(columns)] [SETTINGS …] FORMAT f | VALUES | SELECT …`. */
function parseInsert(sql: string, from: number): Statement {
  let token = nextToken(sql, from);
  while (token.word === 'INTO' || token.word === 'TABLE' || token.word === 'FUNCTION')
    token = nextToken(sql, token.end);
  token = skipTarget(sql, token);
  let sourceAt = -1;
  let previous = '';
  for (let depth = 0; ; token = nextToken(sql, token.end)) {
    const isEnd = token.type === 'end' || (token.word === ';' && depth <= 0);
    if (depth === 0 && token.word === 'SETTINGS' && sourceAt < 0) sourceAt = token.start;
    if (depth === 0 && (isEnd || token.word === 'FORMAT' || token.word === 'VALUES')) {
      return insertStatement(sql, token, sourceAt < 0 ? token.start : sourceAt);
    }
    if (isEnd || token.word === 'SELECT' || token.word === 'WITH')
      return { ...parsePlain(sql, token), kind: 'write', isSelect: false };
    if (depth === 0 && previous === 'FROM' && token.word === 'INFILE') {
      return { kind: 'insert', isSelect: false, refusal: 'infile', end: token.start };
    }
    depth += depthChange(token);
    previous = token.word;
  }
}

/** Skips a table name, its database and the arguments of a table function; a name may be any word, FORMAT too. */
function skipTarget(sql: string, first: Token): Token {
  let token = first;
  if (token.type === 'end') return token;
  if (token.word === '{') {
    while (token.word !== '}' && token.type !== 'end') token = nextToken(sql, token.end);
  }
  const next = nextToken(sql, token.end);
  return next.word === '.' ? skipTarget(sql, nextToken(sql, next.end)) : next;
}

function insertStatement(sql: string, clause: Token, sourceAt: number): Statement {
  const settingsEnd = clause.start;
  if (clause.word !== 'FORMAT') {
    const dataAt = clause.word === 'VALUES' ? clause.end : sql.length;
    const insert = { sourceAt, settingsEnd, format: 'Values', dataAt };
    return { kind: 'insert', isSelect: false, insert, end: clause.end };
  }
  const name = nextToken(sql, clause.end);
  const insert = { sourceAt, settingsEnd, format: sql.slice(name.start, name.end), dataAt: dataOffset(sql, name.end) };
  return { kind: 'insert', isSelect: false, insert, end: name.end };
}

/** Data starts behind blanks and at most one line end, as in ClickHouse: the first byte of a binary row may be a blank. */
function dataOffset(sql: string, from: number): number {
  let at = from;
  while (sql[at] === ' ' || sql[at] === '\t' || sql[at] === '\f') at += 1;
  if (sql[at] === ';') at += 1;
  if (sql[at] === '\r') at += 1;
  if (sql[at] === '\n') at += 1;
  return at;
}

/** True for the word of a FORMAT clause: only SETTINGS may follow. A column named `format` is followed by something else. */
function endsStatement(sql: string, token: Token): boolean {
  if (token.type !== 'word') return false;
  const next = nextToken(sql, token.end);
  return next.type === 'end' || next.word === ';' || next.word === 'SETTINGS';
}

function depthChange(token: Token): number {
  if (token.word === '(' || token.word === '[' || token.word === '{') return 1;
  return token.word === ')' || token.word === ']' || token.word === '}' ? -1 : 0;
}

const BLANKS_AND_COMMENTS = /(?:\s+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?(?:\*\/|$))*/y;
const WORD = /[A-Za-z0-9_\x80-\xff]+/y;
const HEREDOC = /\$([A-Za-z0-9_]*)\$/y;

function nextToken(sql: string, from: number): Token {
  const start = matchEnd(BLANKS_AND_COMMENTS, sql, from);
  if (start >= sql.length) return { type: 'end', start: sql.length, end: sql.length, word: '' };
  const wordEnd = matchEnd(WORD, sql, start);
  if (wordEnd > start) return { type: 'word', start, end: wordEnd, word: sql.slice(start, wordEnd).toUpperCase() };
  const symbol = sql[start] ?? '';
  if (symbol === "'") return { type: 'string', start, end: quotedEnd(sql, start, symbol), word: '' };
  if (symbol === '`' || symbol === '"') return { type: 'name', start, end: quotedEnd(sql, start, symbol), word: '' };
  const heredocEnd = matchEnd(HEREDOC, sql, start);
  if (heredocEnd > start) {
    const close = sql.indexOf(sql.slice(start, heredocEnd), heredocEnd);
    if (close >= 0) return { type: 'string', start, end: close + heredocEnd - start, word: '' };
  }
  return { type: 'symbol', start, end: start + 1, word: symbol };
}

function matchEnd(pattern: RegExp, sql: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(sql) ? pattern.lastIndex : from;
}

/** End of a quoted token; a backslash escapes, a doubled quote is a quote. */
function quotedEnd(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return sql.length;
}

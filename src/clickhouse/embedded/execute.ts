/**
 * One request to the HTTP interface from its statement to its answer: reads stream or come whole, INSERTs get their
 * rows from a file, everything else runs in the write lane.
 */

import type { IncomingMessage } from 'node:http';

import type { Session } from 'chdb';

import { type ChdbHost, newLogComment, type SessionContext } from './chdb-host.ts';
import { QUERY_BYTES_MAX, READ_SECONDS_MAX, RESULT_BYTES_MAX } from './engine-limits.ts';
import { EngineException } from './exception.ts';
import { toNativeRevision } from './native-revision.ts';
import { type BodyFile, clearBody, dataOf, splitHead, storeData } from './request-body.ts';
import type { RequestParameters } from './request-parameters.ts';
import { type AnswerContext, type Counts, sendBlocks, sendWhole } from './response.ts';
import { type InsertClause, parseStatement, type Statement } from './statement.ts';

export interface Execution {
  readonly host: ChdbHost;
  /** Where bodies are kept; the working directory of this process, so that INFILE needs no path. */
  readonly temporary: string;
  readonly request: IncomingMessage;
  readonly parameters: RequestParameters;
  readonly answer: AnswerContext;
  /** Fires when the client is gone. */
  readonly cancelled: AbortSignal;
}

/** A statement that is ready to run; `file` holds the rows of an INSERT. */
interface Prepared {
  readonly statement: Statement;
  readonly sql: string;
  readonly file?: BodyFile;
}

/** Formats whose blocks can be sent one after the other; in all others a block is a document of its own. */
const BLOCK_FORMATS = new Set([
  'CSV',
  'JSONEachRow',
  'JSONL',
  'JSONLines',
  'NDJSON',
  'JSONStringsEachRow',
  'JSONCompactEachRow',
  'JSONCompactStringsEachRow',
  'LineAsString',
  'MsgPack',
  'Native',
  'RowBinary',
  'TabSeparated',
  'TabSeparatedRaw',
  'TSV',
  'TSVRaw',
  'Raw',
  'TSKV',
]);

/** Runs the request and sends its result; throws what could not be answered. */
export async function execute(execution: Execution): Promise<void> {
  const prepared = await prepare(execution);
  try {
    if (prepared.statement.kind === 'read') await read(execution, prepared);
    else await change(execution, prepared);
  } finally {
    await prepared.file?.remove();
  }
}

async function prepare(execution: Execution): Promise<Prepared> {
  const { request, parameters } = execution;
  const text = toLatin1(parameters.query);
  const fromUrl = parseStatement(text);
  if (fromUrl.kind === 'insert' && fromUrl.insert !== undefined) {
    check(fromUrl, request.method);
    return prepareInsert(execution, text, fromUrl, dataOf(request, parameters.hasBlockBody));
  }
  const body = await splitHead(clearBody(request, parameters.hasBlockBody));
  const full = joinText(text, body.head.toString('latin1'));
  const statement = parseStatement(full);
  check(statement, request.method);
  if (statement.kind === 'insert' && statement.insert !== undefined) {
    const rest = { chunks: body.isWhole ? nothing() : body.rest, compression: 'none' };
    return prepareInsert(execution, full, statement, rest);
  }
  if (!body.isWhole || full.length > QUERY_BYTES_MAX) {
    throw new EngineException(62, 'SYNTAX_ERROR', `Max query size exceeded: ${QUERY_BYTES_MAX} bytes.`);
  }
  return { statement, sql: toUtf8(full.slice(0, statement.end)) };
}

/** Data that stands behind the statement comes first, then the body. */
async function prepareInsert(
  execution: Execution,
  text: string,
  statement: Statement,
  body: { readonly chunks: AsyncIterable<Uint8Array>; readonly compression: string },
): Promise<Prepared> {
  const insert = statement.insert as InsertClause;
  const inline = text.slice(insert.dataAt).trimStart();
  if (inline !== '' && body.compression !== 'none') {
    throw new EngineException(36, 'BAD_ARGUMENTS', 'Rows in the URL cannot be followed by a compressed body.');
  }
  const head = Buffer.from(text.slice(inline === '' ? text.length : insert.dataAt), 'latin1');
  const file = await storeData(execution.temporary, head, body.chunks, body.compression);
  const source = `FROM INFILE '${file.name}' COMPRESSION '${file.compression}' `;
  const settings = text.slice(insert.sourceAt, insert.settingsEnd);
  const sql = `${text.slice(0, insert.sourceAt)} ${source}${settings} FORMAT ${insert.format}`;
  return { statement, sql: toUtf8(sql), file };
}

function check(statement: Statement, method: string | undefined): void {
  if (statement.kind === 'empty') throw new EngineException(62, 'SYNTAX_ERROR', 'Syntax error: empty query.');
  switch (statement.refusal) {
    case 'multipleStatements':
      throw new EngineException(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed).');
    case 'outfile':
      throw new EngineException(78, 'UNKNOWN_TYPE_OF_QUERY', 'INTO OUTFILE is not allowed over HTTP.');
    case 'infile':
      throw new EngineException(78, 'UNKNOWN_TYPE_OF_QUERY', 'Query has infile and was send directly to server.');
  }
  if (statement.kind !== 'read' && method !== 'POST') {
    throw new EngineException(
      164,
      'READONLY',
      'default: Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries.',
    );
  }
}

async function read(execution: Execution, prepared: Prepared): Promise<void> {
  const { host, parameters, cancelled, answer } = execution;
  const format = prepared.statement.format ?? parameters.defaultFormat;
  const isStreamed = canStream(prepared, parameters, format);
  const logComment = newLogComment();
  const context = sessionContext(parameters, [
    ['log_comment', logComment],
    ['max_execution_time', String(READ_SECONDS_MAX)],
    ...(isStreamed ? [] : bufferedLimits()),
  ]);
  const onGone = () => void host.cancel(logComment);
  cancelled.addEventListener('abort', onGone, { once: true });
  try {
    await host.withSession('read', context, async (session) => {
      cancelled.throwIfAborted();
      if (isStreamed) await sendBlocks(answer, format, blocksOf(session, prepared.sql, format), cancelled);
      else await readWhole(execution, session, prepared.sql, format);
    });
  } finally {
    cancelled.removeEventListener('abort', onGone);
  }
}

async function readWhole(execution: Execution, session: Session, sql: string, format: string): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const result = await session.queryAsync(sql, { format });
  const revision = format === 'Native' ? execution.parameters.nativeRevision : 0;
  const bytes = revision === 0 ? result.bytes() : toNativeRevision(result.bytes(), revision);
  await sendWhole(execution.answer, format, bytes, {
    resultRows: result.rowsRead,
    writtenRows: 0,
    writtenBytes: 0,
    elapsedNs: process.hrtime.bigint() - startedAt,
  });
}

async function* blocksOf(session: Session, sql: string, format: string): AsyncGenerator<Uint8Array> {
  for await (const block of session.queryStream(sql, { format })) yield block.raw();
}

/** INSERT, DDL and the rest. An INSERT reports the rows that were parsed, also when they were known already. */
async function change(execution: Execution, prepared: Prepared): Promise<void> {
  const { host, parameters, answer } = execution;
  const startedAt = process.hrtime.bigint();
  const result = await host.withSession('write', sessionContext(parameters, []), (session) =>
    session.queryAsync(prepared.sql, { format: parameters.defaultFormat }),
  );
  const counts: Counts = {
    resultRows: 0,
    writtenRows: prepared.file === undefined ? 0 : result.rowsRead,
    writtenBytes: prepared.file === undefined ? 0 : result.bytesRead,
    elapsedNs: process.hrtime.bigint() - startedAt,
  };
  await sendWhole(answer, parameters.defaultFormat, result.bytes(), counts);
}

function canStream(prepared: Prepared, parameters: RequestParameters, format: string): boolean {
  if (!prepared.statement.isSelect || parameters.waitsForEnd || !BLOCK_FORMATS.has(format)) return false;
  if (format === 'Native' && parameters.nativeRevision > 0) return false;
  const wrapsRows = 'output_format_json_array_of_rows';
  return !parameters.settings.has(wrapsRows) && !prepared.sql.includes(wrapsRows);
}

function bufferedLimits(): [string, string][] {
  return [
    ['max_result_bytes', String(RESULT_BYTES_MAX)],
    ['result_overflow_mode', 'throw'],
  ];
}

function sessionContext(parameters: RequestParameters, defaults: SessionContext['defaults']): SessionContext {
  const { database, queryParameters, settings, session } = parameters;
  return { database, queryParameters, settings, defaults, named: session };
}

function joinText(url: string, body: string): string {
  if (url === '') return body;
  return body === '' ? url : `${url}\n${body}`;
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // No bytes: the statement's own text holds all rows.
}

function toLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function toUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

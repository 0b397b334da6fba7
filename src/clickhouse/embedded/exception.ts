/**
 * An engine failure as ClickHouse's HTTP interface says it: code, name, text and status.
 * Statuses: ClickHouse src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.
 */

/** What a client gets instead of a result. */
export class EngineException extends Error {
  override readonly name = 'EngineException';
  readonly code: number;
  /** The code's name, for example `SYNTAX_ERROR`. */
  readonly codeName: string;
  /** HTTP status; follows from the code unless the transport itself refused. */
  readonly status: number;

  constructor(code: number, codeName: string, message: string, status = httpStatusOf(code)) {
    super(message);
    this.code = code;
    this.codeName = codeName;
    this.status = status;
  }

  /** The line that every ClickHouse client parses. */
  text(version: string): string {
    return `Code: ${this.code}. DB::Exception: ${this.message} (${this.codeName}) (version ${version} (official build))\n`;
  }
}

const BAD_REQUEST = [
  6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676,
];
const NOT_FOUND = [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511];
const FORBIDDEN = [192, 193, 497, 512, 516];
const UNAVAILABLE = [76, 209, 439];
const STATUS_BY_CODE: ReadonlyMap<number, number> = new Map([
  ...BAD_REQUEST.map((code) => [code, 400] as const),
  [194, 401],
  ...FORBIDDEN.map((code) => [code, 403] as const),
  ...NOT_FOUND.map((code) => [code, 404] as const),
  [159, 408],
  [381, 411],
  [229, 413],
  [779, 415],
  [48, 501],
  ...UNAVAILABLE.map((code) => [code, 503] as const),
]);

function httpStatusOf(code: number): number {
  return STATUS_BY_CODE.get(code) ?? 500;
}

const LEADING_CODES = /^(?:Code: (\d+)\. DB::Exception: )+/;
/** The engine wraps an exception in itself: `… (NAME) (version 26.7). (NAME)`. */
const REPEATED_TAIL = /(?: \(version [^)]*\)\.? \([A-Z0-9_]+\))+$/;
const NAME = /\s*\(([A-Z][A-Z0-9_]+)\)$/;
/** Insert bodies travel through a file of ours; the client need not know. */
const FILE_TRACES =
  /: \(in file\/uri [^)]*\)|: While reading from: [^\n]*?insert-[0-9a-f]{24}|: While executing File|: data for INSERT was parsed from file/g;

/** Turns anything that chDB throws into an exception with a code; 1001 (STD_EXCEPTION) when it has none. */
export function toEngineException(error: unknown): EngineException {
  if (error instanceof EngineException) return error;
  const raw = error instanceof Error ? error.message : String(error);
  const code = LEADING_CODES.exec(raw)?.[1];
  if (code === undefined) return new EngineException(1001, 'STD_EXCEPTION', raw);
  const bare = raw.replace(LEADING_CODES, '').replace(REPEATED_TAIL, '').trimEnd();
  const name = NAME.exec(bare)?.[1] ?? 'UNKNOWN_EXCEPTION';
  return new EngineException(Number(code), name, bare.replace(NAME, '').replace(FILE_TRACES, ''));
}

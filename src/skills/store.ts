/** The little that the pipeline asks of ClickHouse; `clickhouse/`'s client stands behind it in the server. */

/** Values bound to `{name:Type}` placeholders; they never enter the SQL text. */
export type StoreParameters = Readonly<Record<string, string | number>>;

export type StoreRow = Readonly<Record<string, unknown>>;

export interface StorePort {
  /** Runs a SELECT without a FORMAT clause and returns its rows; 64-bit integers may arrive as text. */
  query<T>(sql: string, parameters: StoreParameters): Promise<T[]>;
  /** Inserts rows in one block; DateTime64 columns take `YYYY-MM-DD hh:mm:ss.mmm` in UTC. */
  insert(table: string, rows: readonly StoreRow[]): Promise<void>;
  command(sql: string): Promise<void>;
}

/** `YYYY-MM-DD hh:mm:ss.mmm` in UTC, as DateTime64(3) reads it. */
export function storeTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '');
}

/** Milliseconds since the epoch of a DateTime64 text in UTC, with three or six decimals; NaN when it is none. */
export function epochMs(text: string): number {
  return Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`);
}

/**
 * A list of text literals for an IN clause, written in hex, so that no value can end its literal. For lists that are too
 * long for a URL parameter: the statement travels in the request's body.
 */
export function textList(values: readonly string[]): string {
  return values.map((value) => `unhex('${Buffer.from(value, 'utf8').toString('hex')}')`).join(', ');
}

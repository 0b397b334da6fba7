/**
 * The frame of a block in ClickHouse's Native format: what stands before the values of a block and of each column.
 * Value bytes are those of RowBinary (codec/rowbinary.ts), column by column. Source:
 * https://clickhouse.com/docs/interfaces/formats/Native, revision 0 (HTTP and files): no block header, no serialization kinds.
 *
 * | block    | varint columns, varint rows, columns                                                       |
 * | column   | String name, String type, data                                                             |
 * | Nullable | one null flag byte per row, then the value of each row (anything where null)               |
 * | Map      | UInt64 end offset per row, then all keys as a column, then all values as a column          |
 */

import { writeString, writeVarint } from './rowbinary.ts';

/** Opens a block. */
export function writeBlockHeader(target: Uint8Array, position: number, columns: number, rows: number): number {
  return writeVarint(target, writeVarint(target, position, columns), rows);
}

/** Opens a column; name and type are UTF-8. */
export function writeColumnHeader(target: Uint8Array, position: number, name: Uint8Array, type: Uint8Array): number {
  return writeString(target, writeString(target, position, name, 0, name.length), type, 0, type.length);
}

/**
 * The type under which a column travels: LowCardinality becomes its inner type, which the server converts
 * (input_format_native_allow_types_conversion, on by default) and which spares us building dictionaries.
 */
export function wireType(type: string): string {
  return type.replace(/LowCardinality\(([^()]*)\)/g, '$1');
}

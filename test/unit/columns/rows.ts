/** Rows as plain values: how a test puts them into a ring, and what the engine must print for them. */

import type { TableRing } from '../../../src/columns/ring.ts';
import type { Column, Table } from '../../../src/model/schema.ts';

export type Cell = string | number | Uint8Array | readonly (readonly [string, string])[];
export type Row = Readonly<Record<string, Cell>>;

/** Puts one row; the hint is the honest size of its texts unless another is given. False when the ring has no room. */
export function putRow(ring: TableRing, table: Table, row: Row, hint = textBytes(row)): boolean {
  if (!ring.beginRow(hint)) return false;
  table.columns.forEach((column, index) => {
    const value = row[column.name];
    if (value !== undefined) putCell(ring, index, value);
  });
  ring.endRow();
  return true;
}

function putCell(ring: TableRing, column: number, value: Cell): void {
  if (typeof value === 'number') ring.putNumber(column, value);
  else if (typeof value === 'string') {
    // The text stands inside other bytes, as it does in a request's body.
    const source = Buffer.from(`before${value}after`);
    ring.putText(column, source, 6, source.length - 11);
  } else if (value instanceof Uint8Array) {
    ring.putBytes16(column, Buffer.concat([Buffer.from([9]), value]), 1);
  } else {
    for (const [key, text] of value) {
      const source = Buffer.from(key + text);
      const keyLength = Buffer.byteLength(key);
      ring.putMapEntry(source, 0, keyLength, keyLength, source.length - keyLength);
    }
  }
}

function textBytes(row: Row): number {
  let bytes = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (value instanceof Uint8Array) bytes += 16;
    else if (typeof value === 'object')
      for (const [key, text] of value) bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
  }
  return bytes;
}

/** SELECT list under which every kind of column has an exact JSON form. */
export function selectList(table: Table): string {
  return table.columns
    .map((column) => {
      const name = `\`${column.name}\``;
      if (column.kind === 'fixed16') return `hex(${table.name}.${name}) AS ${name}`;
      if (column.kind === 'dateTime64Millis') return `toUnixTimestamp64Milli(${table.name}.${name}) AS ${name}`;
      if (column.kind === 'dateTime64Micros') return `toUnixTimestamp64Micro(${table.name}.${name}) AS ${name}`;
      return name;
    })
    .join(', ');
}

/** What the engine prints for a row that was stored unchanged. */
export function printed(table: Table, row: Row): Record<string, unknown> {
  return Object.fromEntries(table.columns.map((column) => [column.name, printedCell(column, row[column.name])]));
}

function printedCell(column: Column, value: Cell | undefined): unknown {
  switch (column.kind) {
    case 'text':
      return value ?? '';
    case 'map':
      return Object.fromEntries((value ?? []) as [string, string][]);
    case 'fixed16':
      return Buffer.from((value ?? new Uint8Array(16)) as Uint8Array)
        .toString('hex')
        .toUpperCase();
    case 'uuid':
      return Buffer.from((value ?? new Uint8Array(16)) as Uint8Array)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    case 'uint16':
    case 'uint32':
      return value ?? 0;
    case 'uint64':
    case 'dateTime64Millis':
    case 'dateTime64Micros':
      return BigInt((value ?? 0) as number).toString();
    case 'nullableUint64':
      return value === undefined ? null : BigInt(value as number).toString();
    case 'nullableBool':
      return value === undefined ? null : value === 1;
    case 'nullableFloat64':
      return value === undefined ? null : printedDouble(value as number);
    default:
      return value ?? null;
  }
}

function printedDouble(value: number): unknown {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return value;
}

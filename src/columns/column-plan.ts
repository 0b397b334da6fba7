/**
 * What the hot loops need to know of a table, as numbers: per column how it is stored and written, and the range that
 * its type can hold. Made once per table from the schema.
 */

import { wireType } from '../codec/native.ts';
import { type ColumnKind, columnIndex, type Table } from '../model/schema.ts';

/** How a column's cell is stored and written. From NUMBER_FIRST on a cell holds a number, from NULLABLE_FIRST on it may be null. */
export const Write = {
  TEXT: 0,
  MAP: 1,
  FIXED16: 2,
  UUID: 3,
  UINT16: 4,
  UINT32: 5,
  INT64: 6,
  NULLABLE_UINT16: 7,
  NULLABLE_UINT32: 8,
  NULLABLE_INT64: 9,
  NULLABLE_FLOAT64: 10,
  NULLABLE_BOOL: 11,
} as const;

export const NUMBER_FIRST = Write.UINT16;
export const NULLABLE_FIRST = Write.NULLABLE_UINT16;

interface KindPlan {
  readonly write: number;
  readonly min: number;
  readonly max: number;
}

/** The largest double below 2^64: doubles there are 2048 apart. */
const UINT64_MAX = 2 ** 64 - 2048;
/** 1900-01-01 and 2299-12-31 in milliseconds: what DateTime64 can hold. */
const DATE_MIN_MS = -2_208_988_800_000;
const DATE_MAX_MS = 10_413_791_999_999;

const KIND_PLANS: Readonly<Record<ColumnKind, KindPlan>> = {
  text: { write: Write.TEXT, min: 0, max: 0 },
  map: { write: Write.MAP, min: 0, max: 0 },
  fixed16: { write: Write.FIXED16, min: 0, max: 0 },
  uuid: { write: Write.UUID, min: 0, max: 0 },
  uint16: { write: Write.UINT16, min: 0, max: 65_535 },
  uint32: { write: Write.UINT32, min: 0, max: 4_294_967_295 },
  uint64: { write: Write.INT64, min: 0, max: UINT64_MAX },
  dateTime64Millis: { write: Write.INT64, min: DATE_MIN_MS, max: DATE_MAX_MS },
  dateTime64Micros: { write: Write.INT64, min: DATE_MIN_MS * 1000, max: DATE_MAX_MS * 1000 },
  nullableUint16: { write: Write.NULLABLE_UINT16, min: 0, max: 65_535 },
  nullableUint32: { write: Write.NULLABLE_UINT32, min: 0, max: 4_294_967_295 },
  nullableUint64: { write: Write.NULLABLE_INT64, min: 0, max: UINT64_MAX },
  nullableInt32: { write: Write.NULLABLE_UINT32, min: -2_147_483_648, max: 2_147_483_647 },
  nullableFloat64: { write: Write.NULLABLE_FLOAT64, min: -Infinity, max: Infinity },
  nullableBool: { write: Write.NULLABLE_BOOL, min: 0, max: 1 },
};

/** Most bytes that a cell adds to an encoded row, in either format, without its text or map entries. */
const CELL_BYTES_MAX = [5, 8, 16, 16, 2, 4, 8, 3, 5, 9, 9, 2] as const;

export interface ColumnPlan {
  readonly columnCount: number;
  /** A value of `Write` per column. */
  readonly write: Uint8Array;
  /** Smallest and largest number that the column's type holds; numbers outside are set to the nearer one. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** The table's map column, -1 without one. */
  readonly mapColumn: number;
  /** The column of the time of receipt in milliseconds: it decides the partition. */
  readonly receiptColumn: number;
  /** Most encoded bytes of a row without text bytes and map entries. */
  readonly rowBytesMax: number;
  /** Name and type per column as UTF-8, for the Native format. */
  readonly names: readonly Uint8Array[];
  readonly wireTypes: readonly Uint8Array[];
}

/** Makes the plan of a table. */
export function planColumns(table: Table): ColumnPlan {
  const plans = table.columns.map((column) => KIND_PLANS[column.kind]);
  if (plans.filter((plan) => plan.write === Write.MAP).length > 1) throw new Error(`${table.name}: two map columns`);
  return {
    columnCount: plans.length,
    write: Uint8Array.from(plans, (plan) => plan.write),
    min: Float64Array.from(plans, (plan) => plan.min),
    max: Float64Array.from(plans, (plan) => plan.max),
    mapColumn: plans.findIndex((plan) => plan.write === Write.MAP),
    receiptColumn: columnIndex(table, table.ttlColumn),
    rowBytesMax: plans.reduce((sum, plan) => sum + CELL_BYTES_MAX[plan.write]!, 0),
    names: table.columns.map((column) => Buffer.from(column.name)),
    wireTypes: table.columns.map((column) => Buffer.from(wireType(column.type))),
  };
}

/** Whether the store's table still takes the rows of a segment. */

import type { StoredColumn } from '../spool/segment-header.ts';

/** True when every column of the segment is there with its type; more columns may be there, since ours are named. */
export function takesColumns(table: readonly StoredColumn[], ours: readonly StoredColumn[]): boolean {
  const types = new Map(table);
  return ours.every(([name, type]) => plainType(types.get(name) ?? '') === plainType(type));
}

/** LowCardinality is storage only: the encoded value is that of the type inside. */
function plainType(type: string): string {
  return type.replaceAll(/LowCardinality\(([^()]*)\)/g, '$1').replaceAll(' ', '');
}

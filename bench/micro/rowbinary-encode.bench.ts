/** Cells → RowBinary and Native, against JSON.stringify of the same rows as objects, which is JSONEachRow. */

import { encoderOf } from '../../src/columns/encoder.ts';
import type { InsertFormat } from '../../src/model/frame.ts';
import { microBench } from '../micro-bench.ts';
import { fleetRows } from './fleet-rows.ts';

const rows = fleetRows(2000);
const { cells, count } = rows;

/** The bytes differ by format; that each of them holds the rows is shown by the engine in test/unit/columns. */
function encodeInto(format: InsertFormat): () => number {
  const encoder = encoderOf(format);
  const target = new Uint8Array(encoder.bytesMax(cells, 0, cells.rows));
  const expected = rows.encode(format).length;
  return () => {
    const size = encoder.encode(cells, 0, cells.rows, target);
    if (size !== expected) throw new Error(`${size} bytes, expected ${expected}`);
    return size;
  };
}

await microBench({
  title: `encode ${count} rows of 65 columns`,
  unit: 'rows',
  unitsPerRun: count,
  cases: [
    { name: 'RowBinary', run: encodeInto('RowBinary') },
    { name: 'Native', run: encodeInto('Native') },
    { name: 'JSON.stringify', run: () => Buffer.from(rows.objects.map((object) => JSON.stringify(object)).join('\n')) },
  ],
});

/** Putting a fleet's rows into the ring's cells, against collecting the same rows as JavaScript objects. */

import { microBench } from '../micro-bench.ts';
import { fleetRows } from './fleet-rows.ts';

const rows = fleetRows(2000);
if (rows.cells.rows !== rows.count) throw new Error(`${rows.cells.rows} rows in the ring, ${rows.count} were put`);
const lines = rows.objects.map((object) => JSON.stringify(object));

await microBench({
  title: `append of ${rows.count} rows to the ring`,
  unit: 'rows',
  unitsPerRun: rows.count,
  cases: [
    { name: 'cells and arena', run: rows.put },
    { name: 'objects, copied into a list', run: () => rows.objects.map((object) => ({ ...object })) },
    { name: 'objects, from JSON text', run: () => lines.map((line) => JSON.parse(line) as unknown) },
  ],
});

/** Rows of coding_agent_events as a fleet's records give them, for the benches of the columns: cells by kind, ready to be put. */

import { type Cells, cellsFor } from '../../src/columns/cells.ts';
import { planColumns } from '../../src/columns/column-plan.ts';
import { encoderOf } from '../../src/columns/encoder.ts';
import { putBytes16, putMapEntry, putNumber, putText } from '../../src/columns/put.ts';
import type { InsertFormat } from '../../src/model/frame.ts';
import { CODING_AGENT_EVENTS } from '../../src/model/schema.ts';
import { Fleet } from '../fleet.ts';
import { type NaiveRow, runNaive } from '../naive.ts';

const RING_BYTES = 64 * 1024 * 1024;
const NUMBER = 1;
const SIXTEEN = 2;
const TEXT = 3;

export interface FleetRows {
  readonly count: number;
  /** The same rows as plain objects. */
  readonly objects: readonly NaiveRow[];
  readonly cells: Cells;
  /** Puts all rows into the emptied cells. */
  readonly put: () => void;
  /** Encoded rows, a copy. */
  readonly encode: (format: InsertFormat) => Uint8Array<ArrayBuffer>;
}

/** All rows flattened, so that putting them costs no more than it does behind normalize: numbers and spans of one buffer. */
interface Script {
  readonly bytes: Buffer;
  /** Per cell: row end marks are -1; else column, kind, start, length. */
  readonly steps: Int32Array;
  readonly numbers: Float64Array;
}

/** Makes the rows of `count` Claude Code log records. */
export function fleetRows(count: number): FleetRows {
  const body = new Fleet(7).body({ provider: 'claude_code', signal: 'logs', bodyType: 'json', records: count });
  const objects = runNaive(body)
    .events.split('\n')
    .map((line) => JSON.parse(line) as NaiveRow);
  const cells = cellsFor(planColumns(CODING_AGENT_EVENTS), RING_BYTES, 16_384);
  const script = scriptOf(objects);
  const put = (): void => {
    cells.truncate(0, 0);
    play(script, cells);
  };
  const encode = (format: InsertFormat): Uint8Array<ArrayBuffer> => {
    const encoder = encoderOf(format);
    const target = new Uint8Array(encoder.bytesMax(cells, 0, cells.rows));
    return target.slice(0, encoder.encode(cells, 0, cells.rows, target));
  };
  put();
  return { count, objects, cells, put, encode };
}

function scriptOf(objects: readonly NaiveRow[]): Script {
  const texts: Buffer[] = [];
  const steps: number[] = [];
  const numbers: number[] = [];
  let used = 0;
  const span = (text: Buffer): [number, number] => {
    texts.push(text);
    used += text.length;
    return [used - text.length, text.length];
  };
  for (const object of objects) {
    CODING_AGENT_EVENTS.columns.forEach((column, index) => {
      const value = object[column.name];
      if (column.kind === 'fixed16' || column.kind === 'uuid')
        steps.push(index, SIXTEEN, ...span(Buffer.alloc(16, index)));
      else if (value === undefined) return;
      else if (column.kind === 'text') steps.push(index, TEXT, ...span(Buffer.from(String(value))));
      else if (column.kind !== 'map') steps.push(index, NUMBER, numbers.push(Number(value)) - 1, 0);
    });
    for (const [key, value] of Object.entries(object['attributes'] as Record<string, string>)) {
      const [start, length] = span(Buffer.from(key));
      steps.push(-2, length, start, span(Buffer.from(value))[1]);
    }
    steps.push(-1, 0, 0, 0);
  }
  return { bytes: Buffer.concat(texts), steps: Int32Array.from(steps), numbers: Float64Array.from(numbers) };
}

function play({ bytes, steps, numbers }: Script, cells: Cells): void {
  for (let step = 0; step < steps.length; step += 4) {
    const column = steps[step]!;
    const kind = steps[step + 1]!;
    const start = steps[step + 2]!;
    const length = steps[step + 3]!;
    if (column === -1) cells.rows++;
    else if (column === -2) putMapEntry(cells, bytes, start, kind, start + kind, length);
    else if (kind === TEXT) putText(cells, column, bytes, start, length);
    else if (kind === NUMBER) putNumber(cells, column, numbers[start]!);
    else putBytes16(cells, column, bytes, start);
  }
}

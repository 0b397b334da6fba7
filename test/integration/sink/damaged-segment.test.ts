/** A segment whose bytes go bad on the disk: what can be read is inserted, what cannot is counted and kept. */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Frame } from '../../../src/model/frame.ts';
import { smallFrame, storedRows } from '../../faults/small-tables.ts';
import { engineOfFile } from './engine-of-file.ts';
import { startKeeping, temporaryDirectory } from './sink-set-up.ts';

const engine = engineOfFile('damaged');

/** Breaks one byte of the segment that holds `frame`, counted from the frame's end. */
async function breakBehind(spool: string, frame: Frame, distance: number): Promise<string> {
  for (const name of await readdir(spool)) {
    const bytes = await readFile(join(spool, name));
    const from = bytes.indexOf(frame.bytes);
    if (from < 0) continue;
    const at = from + frame.bytes.length + distance;
    bytes[at] = bytes[at]! ^ 0xff;
    await writeFile(join(spool, name), bytes);
    return name;
  }
  throw new Error('no segment holds the frame');
}

it.each([
  ['head', 8, 'the segment cannot be read to its end', '.damaged', 0],
  ['payload', -8, 'the stored bytes do not match their checksum', undefined, 1],
] as const)(
  'inserts what can be read beside a unit with a broken %s, and counts the rest as dead-lettered',
  async (_part, distance, reason, kept, deadLetters) => {
    const client = await engine.freshTables();
    const directory = await temporaryDirectory();
    const spool = join(directory, 'spool');
    const keeping = await startKeeping({
      directory,
      url: engine.url,
      database: client.database,
      flushIntervalMs: 2000,
    });
    const frames = [0, 10, 20].map((row) => smallFrame('events_raw', row, 4, Date.now()));
    for (const frame of frames) await keeping.spool.append([frame]);
    const name = await breakBehind(spool, frames[distance > 0 ? 1 : 2]!, distance);
    expect(await keeping.sink.drain(20_000)).toBe(true);
    const rows = [0, 1, 2, 3, 10, 11, 12, 13];
    expect(await storedRows(client, 'events_raw')).toEqual(new Map(rows.map((row) => [row, 1])));
    expect(keeping.sink.insertedRows().get('acme')).toBe(8);
    expect(keeping.sink.deadLetteredRows().get('acme')).toBe(4);
    expect(keeping.spool.spooledRows().size).toBe(0);
    expect(keeping.buried).toEqual([{ rows: 4, reason }]);
    expect(keeping.sink.status().deadLetterFiles).toBe(deadLetters);
    await keeping.stop();
    const aside = (await readdir(spool)).filter((file) => file.endsWith('.damaged'));
    expect(aside).toEqual(kept === undefined ? [] : [name.replace('.segment', kept)]);
  },
);

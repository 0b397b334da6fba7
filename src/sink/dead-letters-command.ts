/**
 * `npm run dead-letters -- list | resubmit (--all | NAME…)`: shows what was set aside and why, or gives it back to the
 * spool. A running server takes it within seconds, otherwise the next start does.
 */

import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { processSetting } from '../config/process-config.ts';
import { SETTINGS } from '../config/settings.ts';
import { nodeDisk, syncDirectory } from '../spool/node-disk.ts';
import { DEAD_LETTER, type DeadLetter, readDeadLetter, resubmittedName } from './dead-letters.ts';

const USAGE = `usage: npm run dead-letters -- list
       npm run dead-letters -- resubmit --all | NAME…
Rows that the store refused, in MODA_DATA_DIR (default ${SETTINGS.dataDir.fallback()}). Resubmit them after the cause is gone.`;

/** Exit codes: 0 done, 1 a name is not there, 2 wrong usage. */
async function main(): Promise<number> {
  const [action, ...names] = process.argv.slice(2);
  const dataDir = processSetting('dataDir');
  const directory = join(dataDir, 'dead-letters');
  if (action === 'list' && names.length === 0) {
    const letters = await readAll(directory);
    for (const letter of letters) console.log(describe(letter));
    if (letters.length === 0) console.error(`no dead letters in ${directory}`);
    return 0;
  }
  if (action === 'resubmit' && names.length > 0) {
    const isAll = names.length === 1 && names[0] === '--all';
    const chosen = isAll ? (await readAll(directory)).map(({ name }) => name) : names.map((name) => basename(name));
    return resubmit(directory, join(dataDir, 'spool'), chosen);
  }
  console.error(USAGE);
  return 2;
}

async function readAll(directory: string): Promise<DeadLetter[]> {
  if (!existsSync(directory)) return [];
  const disk = nodeDisk(directory);
  const letters: DeadLetter[] = [];
  for (const name of (await disk.list()).filter((one) => one.endsWith(DEAD_LETTER)).sort()) {
    const letter = await readDeadLetter(disk, name);
    if (letter === undefined) console.error(`${name} cannot be read`);
    else letters.push(letter);
  }
  return letters;
}

function describe({ name, bytes, header, rows }: DeadLetter): string {
  const tables = Object.entries(rows).filter(([, count]) => count > 0);
  const what = tables.map(([table, count]) => `${count} rows of ${table}`).join(', ');
  const day = new Date(header.day * 86_400_000).toISOString().slice(0, 10);
  return `${name}  ${day}  ${what}, ${bytes} bytes: ${header.reason ?? 'no reason given'}`;
}

async function resubmit(from: string, to: string, names: readonly string[]): Promise<number> {
  let missing = 0;
  if (names.length > 0) nodeDisk(to);
  for (const name of names) {
    if (!name.endsWith(DEAD_LETTER) || !existsSync(join(from, name))) {
      console.error(`${name} is not there`);
      missing += 1;
      continue;
    }
    // Atomic: the rows are either still set aside or already the spool's.
    await rename(join(from, name), join(to, resubmittedName(name)));
    await syncDirectory(to);
    await syncDirectory(from);
    console.log(`${name} resubmitted`);
  }
  return missing === 0 ? 0 : 1;
}

process.exitCode = await main();

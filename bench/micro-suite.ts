/** Runs every file of bench/micro in a process of its own and gathers what it measured. */

import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MicroResult } from './micro-bench.ts';

const FOLDER = new URL('micro/', import.meta.url);

/** File names without `.bench.ts`. */
export function microNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.replace('.bench.ts', ''))
    .sort();
}

/** Runs one file; its own output goes to ours. Throws when it fails, for a wrong result is no result. */
export async function runMicro(name: string): Promise<MicroResult[]> {
  const child = fork(fileURLToPath(new URL(`${name}.bench.ts`, FOLDER)), { execArgv: [] });
  const results: MicroResult[] = [];
  child.on('message', (message) => {
    if ((message as MicroResult).kind === 'micro') results.push(message as MicroResult);
  });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`bench/micro/${name}.bench.ts ended with ${code}`);
  return results;
}

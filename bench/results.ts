/** Result files: JSON with the machine and commit that they hold for, and a page of plots beside them. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeMachine, type Machine } from './machine.ts';

const FOLDER = new URL('results/', import.meta.url);

export interface ResultFile<T> {
  readonly machine: Machine;
  readonly results: T;
}

/** Path of a result file. */
export function resultPath(name: string): string {
  return fileURLToPath(new URL(name, FOLDER));
}

/** Writes results with the machine they were measured on; returns the path. */
export function writeResults<T>(name: string, results: T): string {
  mkdirSync(FOLDER, { recursive: true });
  const file: ResultFile<T> = { machine: describeMachine(), results };
  writeFileSync(resultPath(name), `${JSON.stringify(file, (_key, value: unknown) => rounded(value), 1)}\n`);
  return resultPath(name);
}

/** Writes a page; returns the path. */
export function writePage(name: string, html: string): string {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(resultPath(name), html);
  return resultPath(name);
}

/** Four digits are more than any of these measurements can tell. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

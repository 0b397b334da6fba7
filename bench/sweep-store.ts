/** Results of a sweep on disk, one file: written after every point, so that a sweep that was cut short goes on there. */

import { readFileSync } from 'node:fs';
import { describeMachine } from './machine.ts';
import { type ResultFile, resultPath, writeResults } from './results.ts';
import type { ScenarioResult } from './scenario-suite.ts';
import type { SweepPoint } from './sweep-grid.ts';

const FILE = 'sweep.json';

export interface SweepEntry {
  readonly point: SweepPoint;
  readonly result: ScenarioResult;
}

export interface CurvePoint {
  /** Share of the saturation rate. */
  readonly share: number;
  readonly recordsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface SweepFile {
  readonly scenario: string;
  readonly seconds: number;
  readonly entries: readonly SweepEntry[];
  /** Of the recommended setting. */
  readonly curve: readonly CurvePoint[];
}

/** What an earlier run of the same scenario, length, commit and machine has measured; empty otherwise. */
export function loadSweep(scenario: string, seconds: number): SweepFile {
  const empty: SweepFile = { scenario, seconds, entries: [], curve: [] };
  let text: string;
  try {
    text = readFileSync(resultPath(FILE), 'utf8');
  } catch {
    return empty; // no sweep yet
  }
  const { machine, results } = JSON.parse(text) as ResultFile<SweepFile>;
  const now = describeMachine();
  const isSame =
    results.scenario === scenario &&
    results.seconds === seconds &&
    machine.commit === now.commit &&
    machine.cpu === now.cpu &&
    machine.cores === now.cores &&
    machine.node === now.node;
  return isSame ? results : empty;
}

export function saveSweep(file: SweepFile): string {
  return writeResults(FILE, file);
}

/**
 * One micro benchmark: our function and the simplest alternatives on the same input in the same run, on tinybench.
 * A file of bench/micro runs alone (`node bench/micro/lz4.bench.ts`) and prints a table; bench/run.ts collects all of them.
 */

import { Bench } from 'tinybench';
import { printTable } from './table.ts';

export interface MicroCase {
  readonly name: string;
  readonly run: () => unknown;
}

export interface MicroBench {
  readonly title: string;
  /** What is counted: records, rows, values, MB. */
  readonly unit: string;
  readonly unitsPerRun: number;
  /** Ours first; the others are what it is compared with. All results are checked before they get here. */
  readonly cases: readonly MicroCase[];
}

export interface MicroResult {
  readonly kind: 'micro';
  readonly title: string;
  readonly unit: string;
  readonly cases: readonly MicroCaseResult[];
}

export interface MicroCaseResult {
  readonly name: string;
  /** Units per second, from the median run. */
  readonly rate: number;
  /** Rate of our case divided by this one's; 1 for ours. */
  readonly oursTimes: number;
  /** Microseconds of one run. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** The cases are run in turn this often and the best median counts: what other processes did in between drops out. */
const ROUNDS = 3;
const ROUND_MS = 250;

interface Times {
  p50: number;
  p99: number;
  p999: number;
}

/** Measures, prints, and tells the parent process if there is one. */
export async function microBench(bench: MicroBench): Promise<MicroResult> {
  const best = new Map<string, Times>();
  for (let round = 0; round < ROUNDS; round++) {
    const runner = new Bench({ time: ROUND_MS, warmupTime: ROUND_MS / 4, throws: true });
    for (const { name, run } of bench.cases) runner.add(name, () => void run());
    await runner.run();
    for (const task of runner.tasks) {
      const { result } = task;
      if (!('latency' in result)) throw new Error(`${bench.title}: ${task.name} gave no result`);
      const { p50, p99, p999 } = result.latency;
      if (p50 < (best.get(task.name)?.p50 ?? Number.POSITIVE_INFINITY)) best.set(task.name, { p50, p99, p999 });
    }
  }
  const ours = best.get(bench.cases[0]!.name)!;
  const cases = bench.cases.map(({ name }) => {
    const { p50, p99, p999 } = best.get(name)!;
    const rate = (bench.unitsPerRun / p50) * 1000;
    return { name, rate, oursTimes: p50 / ours.p50, p50: p50 * 1000, p99: p99 * 1000, p999: p999 * 1000 };
  });
  const result: MicroResult = { kind: 'micro', title: bench.title, unit: bench.unit, cases };
  printMicro(result);
  process.send?.(result);
  return result;
}

function printMicro({ title, unit, cases }: MicroResult): void {
  printTable(
    title,
    ['', `${unit}/s`, 'ours is', 'p50 µs', 'p99 µs', 'p99.9 µs'],
    cases.map(({ name, rate, oursTimes, p50, p99, p999 }) => [
      name,
      compact(rate),
      `${oursTimes.toFixed(2)} ×`,
      p50.toFixed(1),
      p99.toFixed(1),
      p999.toFixed(1),
    ]),
  );
}

/** 1 234 567 → "1.23 M". */
export function compact(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(value >= 1e5 ? 0 : 1)} k`;
  return value.toFixed(value >= 10 ? 0 : 2);
}

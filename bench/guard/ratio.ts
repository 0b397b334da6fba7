/** The ratio of two functions by CPU time, run in turn: noise of the machine hits both sides, and the median drops outliers. */

import { setImmediate } from 'node:timers/promises';

/** Work per turn; long enough for the CPU clock, short enough that both sides see the same machine. */
const TURN_MICROS = 60_000;

export interface Ratio {
  /** CPU time of the reference divided by ours: how many times faster ours is. */
  readonly ratio: number;
  /** CPU microseconds of one call. */
  readonly ours: number;
  readonly reference: number;
}

/** Runs both `rounds` times in turn. Both calls must do the same work; the first rounds warm up and do not count. */
export async function ratioOf(ours: () => unknown, reference: () => unknown, rounds: number): Promise<Ratio> {
  const oursRepeats = repeatsFor(ours);
  const referenceRepeats = repeatsFor(reference);
  const ratios: number[] = [];
  const oursTimes: number[] = [];
  const referenceTimes: number[] = [];
  const warmUp = Math.ceil(rounds / 4);
  for (let round = 0; round < rounds + warmUp; round++) {
    const a = cpuMicros(ours, oursRepeats);
    // As the worker does: the LZ4 addon gives back its buffers in a turn of the event loop only.
    await setImmediate();
    const b = cpuMicros(reference, referenceRepeats);
    await setImmediate();
    if (round < warmUp) continue;
    ratios.push(b / a);
    oursTimes.push(a);
    referenceTimes.push(b);
  }
  return { ratio: median(ratios), ours: median(oursTimes), reference: median(referenceTimes) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function repeatsFor(run: () => unknown): number {
  run();
  return Math.max(1, Math.round(TURN_MICROS / Math.max(1, cpuMicros(run, 3))));
}

function cpuMicros(run: () => unknown, repeats: number): number {
  const before = process.cpuUsage();
  for (let repeat = 0; repeat < repeats; repeat++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / repeats;
}

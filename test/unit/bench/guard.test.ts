/** The guard can fail: a pipeline made slower on purpose shows in its ratio and ends the command with 1. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { guardPipeline } from '../../../bench/guard/pipeline-guard.ts';
import { ratioOf } from '../../../bench/guard/ratio.ts';

it('sees a pipeline that does its work twice', { timeout: 180_000 }, async () => {
  const normal = await guardPipeline('protobuf', 8);
  const slowed = await guardPipeline('protobuf', 8, 2);
  expect(slowed.ratio / normal.ratio).toBeLessThan(0.7);
  expect(slowed.ratio / normal.ratio).toBeGreaterThan(0.3);
});

it('ends with 1 and names the path when the pipeline is slowed down by three', { timeout: 180_000 }, async () => {
  const check = fileURLToPath(new URL('../../../bench/check.ts', import.meta.url));
  const args = [check, '--only=pipeline', '--rounds=8', '--canary=3'];
  const failure = await promisify(execFile)(process.execPath, args).then(
    () => undefined,
    (error: { code: number; stdout: string }) => error,
  );
  expect(failure?.code).toBe(1);
  expect(failure?.stdout).toContain('UNDER ITS FLOOR');
});

it('measures the ratio of two known amounts of work', async () => {
  let sink = 0;
  const work = (turns: number): void => {
    for (let turn = 0; turn < turns; turn++) sink += Math.sqrt(turn) % 3;
  };
  const { ratio } = await ratioOf(
    () => work(100_000),
    () => work(400_000),
    12,
  );
  expect(sink).toBeGreaterThan(0);
  expect(ratio).toBeGreaterThan(2.8);
  expect(ratio).toBeLessThan(5.7);
});

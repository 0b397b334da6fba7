/** When an answer is waited for no longer. */

import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { type Ping, untilAborted, whileAlive } from '../../../src/sink/liveness.ts';

const RULES = { everyMs: 1, answerMs: 20, missesMax: 3 };
const hang = (): Promise<never> => new Promise<never>(() => undefined);

it('gives what the task gives, and leaves nothing on the signal of its owner', async () => {
  const stop = new AbortController();
  for (let index = 0; index < 20; index++) {
    expect(
      await whileAlive(
        RULES,
        async () => true,
        stop.signal,
        async () => index,
      ),
    ).toBe(index);
  }
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

it('fails with the error of the task', async () => {
  const failing = whileAlive(
    RULES,
    async () => true,
    undefined,
    () => Promise.reject(new Error('reset')),
  );
  await expect(failing).rejects.toThrow('reset');
});

const SILENT: readonly (readonly [string, Ping])[] = [
  ['does not answer a ping', hang],
  ['refuses it', async () => false],
  ['fails it', () => Promise.reject(new Error('refused'))],
];

it.each(SILENT)('aborts the task when the store %s three times in a row', async (_what, ping) => {
  let isAborted = false;
  const task = (signal: AbortSignal): Promise<never> => {
    signal.addEventListener('abort', () => {
      isAborted = true;
    });
    return hang();
  };
  await expect(whileAlive(RULES, ping, undefined, task)).rejects.toThrow('given up');
  expect(isAborted).toBe(true);
});

it('counts only failures in a row', async () => {
  let pings = 0;
  const ping = async (): Promise<boolean> => ++pings % 3 === 0;
  const task = async (): Promise<number> => {
    while (pings < 30) await new Promise((resolve) => setImmediate(resolve));
    return pings;
  };
  expect(await whileAlive(RULES, ping, undefined, task)).toBeGreaterThanOrEqual(30);
});

it('fails at once when its owner stops, before or meanwhile', async () => {
  const stop = new AbortController();
  const waiting = whileAlive(RULES, async () => true, stop.signal, hang);
  stop.abort();
  await expect(waiting).rejects.toThrow('given up');
  await expect(whileAlive(RULES, async () => true, stop.signal, hang)).rejects.toThrow('given up');
  await expect(untilAborted(stop.signal, hang)).rejects.toThrow('given up');
});

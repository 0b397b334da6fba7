/** The child's side of child-process.ts: says that it is ready, answers `stats` and its own requests, ends on `stop`. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessStats, ReadyMessage } from './child-process.ts';

export interface ChildHandlers {
  /** Answers requests other than `stats` and `stop`. */
  readonly answer?: (name: string, content: unknown) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

const SAMPLE_MS = 10;

/** Starts serving the parent; ends the process when the parent goes away. */
export function serveParent(ready: ReadyMessage, handlers: ChildHandlers): void {
  const loop = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  loop.enable();
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  sampler.unref();
  const stats = (): ProcessStats => {
    const { user, system } = process.cpuUsage();
    const residentBytes = process.memoryUsage.rss();
    // The monitor's samples include its own interval.
    const delay = (nanos: number): number => Math.max(0, nanos / 1e6 - SAMPLE_MS);
    const answer = {
      cpuSeconds: (user + system) / 1e6,
      residentBytes,
      residentBytesPeak: Math.max(peak, residentBytes),
      loopDelayP50: delay(loop.percentile(50)),
      loopDelayP99: delay(loop.percentile(99)),
      loopDelayMax: delay(loop.max),
    };
    loop.reset();
    peak = residentBytes;
    return answer;
  };
  process.on('disconnect', () => process.exit(1));
  process.on('message', (message: { name: string; content: unknown }) => {
    if (message.name === 'stats') send('stats', stats());
    else if (message.name === 'stop') void handlers.stop().then(() => process.exit(0), fail);
    else void handlers.answer?.(message.name, message.content).then((content) => send(message.name, content), fail);
  });
  send('ready', ready);
}

function send(name: string, content: unknown): void {
  process.send?.({ name, content });
}

function fail(error: unknown): void {
  send('failed', error instanceof Error ? error.stack : String(error));
  process.exit(1);
}

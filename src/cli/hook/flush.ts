/** Empties the queue, oldest first, one process at a time; stops at the first sign that the server is not ready for it. */

import path from 'node:path';
import { modaHome } from '../files/moda-home.ts';
import type { CliSettings } from '../settings.ts';
import { tryLock, unlock } from '../snapshots/lock.ts';
import { hookConnection } from './delivery.ts';
import { isDelivered, isHopeless, post } from './post.ts';
import { dropQueued, noteSilence, queuedNames, readQueued } from './queue.ts';

const POST_MS = 10_000;
/** One run takes no longer than this; what is left goes with a later hook. */
const FLUSH_MS = 60_000;

/** Sends what waits. Returns how many payloads are left. */
export async function flushQueue(settings: CliSettings): Promise<number> {
  const { home } = settings;
  const connection = hookConnection(settings);
  const names = queuedNames(home);
  if (connection === undefined || names.length === 0) return names.length;
  const lock = path.join(modaHome(home), 'flush.lock');
  if (!tryLock(lock)) return names.length;
  const deadline = Date.now() + FLUSH_MS;
  try {
    for (const name of names) {
      if (Date.now() > deadline) break;
      const queued = readQueued(home, name);
      if (queued !== undefined) {
        const outcome = await post({ ...connection, ...queued, timeoutMs: POST_MS });
        if (!isDelivered(outcome) && !isHopeless(outcome)) break;
        noteSilence(home, false);
      }
      dropQueued(home, name);
    }
  } finally {
    unlock(lock);
  }
  return queuedNames(home).length;
}

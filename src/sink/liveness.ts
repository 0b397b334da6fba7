/**
 * Tells a store that works on a request from one that has gone silent: while an answer is awaited the store is pinged
 * from time to time, and when it stays silent the request is given up as unanswered. Without this a connection that died
 * in an outage would hold its batch until the request's own bound, long after the store is back.
 */

export interface LivenessRules {
  /** Pause before each ping. */
  readonly everyMs: number;
  /** A ping that takes longer has failed. */
  readonly answerMs: number;
  /** Failed pings in a row that end the request. */
  readonly missesMax: number;
}

/** A dead connection is given up after 30 s at most. A busy server answers /ping within milliseconds. */
export const LIVENESS: LivenessRules = { everyMs: 5000, answerMs: 5000, missesMax: 3 };

/** What is asked; true when the store has answered. May throw. `signal` is aborted when nobody waits for it any more. */
export type Ping = (signal: AbortSignal) => Promise<boolean>;

/**
 * Runs `task` with a signal that is aborted when the store has gone silent, or when `stop` is; then it fails at once. The
 * answer is not waited for: the rows are resolved later.
 */
export async function whileAlive<T>(
  rules: LivenessRules,
  ping: Ping,
  stop: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const over = new AbortController();
  // Not AbortSignal.any: `stop` lives as long as the sink, and each signal made from it would stay with it.
  const forward = (): void => end.abort();
  stop?.addEventListener('abort', forward);
  if (stop?.aborted === true) end.abort();
  void watch(rules, ping, over.signal).then((isSilent) => {
    if (isSilent) end.abort();
  });
  try {
    return await untilAborted(end.signal, task);
  } finally {
    over.abort();
    stop?.removeEventListener('abort', forward);
  }
}

/** Runs `task` with `signal` and fails as soon as that is aborted. */
export function untilAborted<T>(signal: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('given up before there was an answer'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    task(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Resolves true when the store has been silent for too long, false when `over` came first. */
async function watch({ everyMs, answerMs, missesMax }: LivenessRules, ping: Ping, over: AbortSignal): Promise<boolean> {
  for (let misses = 0; misses < missesMax; ) {
    await pause(everyMs, over);
    if (over.aborted) return false;
    const isAlive = await isAnswered(ping, answerMs, over);
    if (over.aborted) return false;
    misses = isAlive ? 0 : misses + 1;
  }
  return true;
}

/** One ping. A late one is cut off: on a dead connection it would hold its socket, of a few, until the client's own bound. */
async function isAnswered(ping: Ping, answerMs: number, over: AbortSignal): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([ping(late.signal).catch(() => false), pause(answerMs, over).then(() => false)]);
  } finally {
    late.abort();
  }
}

/** Ends early when `over` is aborted. Does not keep the process alive. */
function pause(delayMs: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    timer.unref();
    over.addEventListener('abort', end);
    if (over.aborted) end();
  });
}

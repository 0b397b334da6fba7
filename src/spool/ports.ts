/** What spool and sink need from outside besides a disk and a store: time, chance and a log. Simulations bring their own. */

/** Time as the spool and the sink see it; all of it can be virtual. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` when the current turn of the event loop is over: the tick of a group commit. */
  soon(task: () => void): void;
}

/** Log lines by "was data lost?": error = lost or set aside, warn = recovered, info = lifecycle. A pino logger fits. */
export interface EventLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * The clock of the machine, as it stood when the process began plus what has passed since: an operator who sets the
 * clock back must not make retries wait for hours. Its timers do not keep the process alive.
 */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => Math.floor(performance.timeOrigin + performance.now()),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(task) {
    setImmediate(task);
  },
};

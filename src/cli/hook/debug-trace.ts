/** The trace that MODA_HOOK_DEBUG asks for: one line of names, times and codes per hook; no payload and no key. */

import fs from 'node:fs';
import path from 'node:path';

/** The file starts afresh beyond this. */
const TRACE_BYTES_MAX = 4 * 1024 * 1024;

export class DebugTrace {
  private readonly file: string;
  private readonly startedMs = performance.now();
  private readonly steps: string[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /** Notes a step and when it was reached. */
  note(step: string): void {
    this.steps.push(`${Math.round(performance.now() - this.startedMs)}ms ${step}`);
  }

  /** Appends the line. Never throws. */
  write(): void {
    try {
      // Never narrowed: the path may name a folder that others use, such as /tmp.
      fs.mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      const stat = fs.statSync(this.file, { throwIfNoEntry: false });
      if (stat !== undefined && stat.size > TRACE_BYTES_MAX) fs.truncateSync(this.file);
      const line = `${new Date().toISOString()} ${process.pid} ${this.steps.join(' | ')}\n`;
      fs.appendFileSync(this.file, line, { mode: 0o600 });
    } catch {
      // A trace that cannot be written must not stop an agent.
    }
  }
}

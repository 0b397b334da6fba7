/**
 * One per table: open while the store takes rows; closed by an outage, when one probe at a time goes out after each
 * pause. Without I/O.
 */

import type { FailureKind } from './inserter.ts';
import { pauseMs, RETRY_RULES } from './retry.ts';

export class Gate {
  #failures = 0;
  #notBeforeMs = 0;
  #isProbing = false;

  /** Failures in a row that closed it; 0 while it is open. */
  get failures(): number {
    return this.#failures;
  }

  /** When the next part may go; Infinity while a probe is out. */
  opensAtMs(): number {
    if (this.#failures === 0) return 0;
    return this.#isProbing ? Number.POSITIVE_INFINITY : this.#notBeforeMs;
  }

  /** A part goes out. */
  enter(): void {
    if (this.#failures > 0) this.#isProbing = true;
  }

  /** The part that entered came back, whatever became of it. */
  leave(): void {
    this.#isProbing = false;
  }

  onSuccess(): void {
    this.#failures = 0;
  }

  onFailure(kind: FailureKind, nowMs: number, random: number): void {
    if (!RETRY_RULES[kind].closesGate) return;
    this.#failures += 1;
    this.#notBeforeMs = nowMs + pauseMs(kind, this.#failures, random);
  }
}

/**
 * One request's rows in one ring: makes room when the ring is full, keeps spilled frames aside until the request's end,
 * and commits or drops all of it together.
 */

import type { TableRing } from '../columns/ring.ts';
import { dayOf, type Frame } from '../model/frame.ts';
import type { FrameSet } from './frame-set.ts';

export class RequestRows {
  readonly ring: TableRing;
  private readonly frames: FrameSet;
  private spilled: Frame[] = [];
  private requestId: Uint8Array = new Uint8Array(16);
  private tenantId = '';

  constructor(ring: TableRing, frames: FrameSet) {
    this.ring = ring;
    this.frames = frames;
  }

  begin(requestId: Uint8Array, tenantId: string, receivedAtMs: number): void {
    this.requestId = requestId;
    this.tenantId = tenantId;
    this.spilled = [];
    this.frames.add(this.ring.openDay(dayOf(receivedAtMs)));
  }

  /** Opens a row of about this many bytes of text; the rows before it leave the ring when it is full. */
  beginRow(sizeHintBytes: number): void {
    if (this.ring.beginRow(sizeHintBytes)) return;
    const own = this.ring.spill(this.requestId, this.tenantId);
    if (own) this.spilled.push(own);
    this.frames.add(this.ring.drain());
    if (!this.ring.beginRow(sizeHintBytes)) throw new Error('an empty ring refused a row');
  }

  commit(): void {
    for (const frame of this.spilled) this.frames.add(frame);
    this.spilled = [];
    this.ring.commit(this.requestId, this.tenantId);
  }

  rollback(): void {
    this.spilled = [];
    this.ring.rollback();
  }
}

/** Frames of the running task: full rings leave here early, all others at the task's end. */

import type { Frame } from '../model/frame.ts';

export class FrameSet {
  private frames: Frame[] = [];

  add(frame: Frame | undefined): void {
    if (frame) this.frames.push(frame);
  }

  /** Hands the frames over and starts anew. */
  take(): Frame[] {
    const { frames } = this;
    this.frames = [];
    return frames;
  }
}

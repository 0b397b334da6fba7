/**
 * Buffers of finished tasks, to carry the next ones: a fresh buffer of 36 kB costs 9 µs for its pages and zeros and is
 * garbage of the worker afterwards, a used one costs the copy of the bodies (1 µs).
 */

/** A buffer that is kept has at least this size, so that it fits most tasks. */
const KEPT_BYTES_MIN = 64 * 1024;

/** A larger one is not kept: MODA_TASK_MAX_BYTES by default, and what its texts need beside. */
const KEPT_BYTES_MAX = 2 * 1024 * 1024;

export class SpareBuffers {
  readonly #countMax: number;
  #buffers: ArrayBuffer[] = [];

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** A buffer of at least `bytes`, with any content. */
  take(bytes: number): ArrayBuffer {
    const index = this.#buffers.findIndex((buffer) => buffer.byteLength >= bytes);
    if (index >= 0) return this.#buffers.splice(index, 1)[0]!;
    if (bytes > KEPT_BYTES_MAX) return new ArrayBuffer(bytes);
    return new ArrayBuffer(Math.max(KEPT_BYTES_MIN, 2 ** Math.ceil(Math.log2(bytes))));
  }

  /** Takes back a buffer that nobody reads any more. When all places are taken the smallest goes. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength > KEPT_BYTES_MAX || buffer.byteLength < KEPT_BYTES_MIN) return;
    this.#buffers.push(buffer);
    if (this.#buffers.length <= this.#countMax) return;
    this.#buffers.sort((a, b) => b.byteLength - a.byteLength);
    this.#buffers.pop();
  }
}

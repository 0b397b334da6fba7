/**
 * Buffers of bodies that are done with, to carry the next ones. A fresh buffer costs its pages and zeros, and every 64 MiB of
 * them V8 collects the whole heap: at 300 bodies of 80 kB per second that was a tenth of the server's CPU and stopped the
 * main thread for 5 to 30 ms, four times a second.
 */

/** Shorter ones come from Node's pool, longer ones are rare. */
const SIZE_MIN = 4096;
const SIZE_MAX = 1024 * 1024;

/** What may lie here unused. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

export class BodyBuffers {
  /** By size. */
  readonly #buffers = new Map<number, Buffer[]>();
  #keptBytes = 0;

  /** A buffer of at least `size` bytes with any content, at most a quarter longer unless `size` is small. */
  take(size: number): Buffer {
    if (size > SIZE_MAX) return Buffer.allocUnsafeSlow(size);
    const rounded = roundedUp(size);
    const spare = this.#buffers.get(rounded)?.pop();
    if (spare === undefined) return Buffer.allocUnsafeSlow(rounded);
    this.#keptBytes -= rounded;
    return spare;
  }

  /** Takes back a buffer of `take` that nobody reads any more. */
  give(buffer: Buffer): void {
    const size = buffer.length;
    if (size > SIZE_MAX || this.#keptBytes + size > KEPT_BYTES_MAX) return;
    const same = this.#buffers.get(size);
    if (same === undefined) this.#buffers.set(size, [buffer]);
    else same.push(buffer);
    this.#keptBytes += size;
  }
}

/** Four sizes for each power of two. */
function roundedUp(size: number): number {
  if (size <= SIZE_MIN) return SIZE_MIN;
  const step = 1 << (29 - Math.clz32(size - 1));
  return Math.ceil(size / step) * step;
}

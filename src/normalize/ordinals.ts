/** Ordinals of equal records within one request: open addressing over four-word keys, forgotten by raising a stamp. */
export class Ordinals {
  private size = 1024;
  private keys = new Int32Array(this.size * 4);
  private counts = new Int32Array(this.size);
  private stamps = new Int32Array(this.size);
  private stamp = 0;
  private used = 0;

  reset(): void {
    this.stamp++;
    this.used = 0;
  }

  /** How many equal keys came before in this request. */
  next(key: Int32Array): number {
    if (this.used * 2 > this.size) this.grow();
    const slot = this.find(key);
    if (this.stamps[slot] === this.stamp) return ++this.counts[slot]!;
    this.stamps[slot] = this.stamp;
    this.counts[slot] = 0;
    this.keys.set(key, slot * 4);
    this.used++;
    return 0;
  }

  private find(key: Int32Array): number {
    let slot = key[0]! & (this.size - 1);
    while (this.stamps[slot] === this.stamp) {
      const at = slot * 4;
      const keys = this.keys;
      if (keys[at] === key[0] && keys[at + 1] === key[1] && keys[at + 2] === key[2] && keys[at + 3] === key[3])
        return slot;
      slot = (slot + 1) & (this.size - 1);
    }
    return slot;
  }

  private grow(): void {
    const { keys, counts, stamps, stamp, size } = this;
    this.size = size * 2;
    this.keys = new Int32Array(this.size * 4);
    this.counts = new Int32Array(this.size);
    this.stamps = new Int32Array(this.size);
    this.stamp = 1;
    for (let slot = 0; slot < size; slot++) {
      if (stamps[slot] !== stamp) continue;
      const key = keys.subarray(slot * 4, slot * 4 + 4);
      const target = this.find(key);
      this.stamps[target] = this.stamp;
      this.counts[target] = counts[slot]!;
      this.keys.set(key, target * 4);
    }
  }
}

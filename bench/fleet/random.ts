/** Seeded randomness of the benches: what a fleet draws besides plain numbers. */

import { SeededRandom } from '../../test/random.ts';

export class Random extends SeededRandom {
  /** Log-normal, as lengths and durations of people and machines are; rounded and at least 1. */
  logNormal(median: number, sigma: number, max: number): number {
    const gauss = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.max(1, Math.min(max, Math.round(median * Math.exp(sigma * gauss))));
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits)
      text += Math.floor(this.next() * 4_294_967_296)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  }

  uuid(): string {
    const hex = this.hex(32);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** Secrets found in one text: merged where they overlap, counted by rule, and replaced by `[REDACTED:<rule>]`. */

import type { Tape } from '../model/tape.ts';

/** Rules that only know the key; a value rule at the same place says more. */
const GENERAL = new Set([
  'assigned-secret',
  'password',
  'authorization-header',
  'openai-style-api-key',
  'url-credentials',
]);

interface Match {
  readonly start: number;
  end: number;
  rule: string;
}

export class MatchList {
  /** Where the text written last begins. */
  start = 0;
  private matches: Match[] = [];
  private readonly counts = new Map<string, number>();
  private readonly markers = new Map<string, Buffer>();

  get count(): number {
    return this.matches.length;
  }

  add(start: number, end: number, rule: string): void {
    this.matches.push({ start, end, rule });
  }

  /** Forgets the matches without counting them; returns how many there were. */
  clear(): number {
    const { length } = this.matches;
    if (length > 0) this.matches = [];
    return length;
  }

  /** Appends the text [start, end) with its secrets replaced to the workspace, forgets them, and returns how many. */
  write(tape: Tape, start: number, end: number): number {
    const merged = merge(this.matches);
    this.matches = [];
    let size = end - start;
    for (const match of merged) size += this.marker(match.rule).length - (match.end - match.start);
    const begin = tape.reserve(size);
    const { bytes } = tape;
    let to = begin;
    let from = start;
    for (const match of merged) {
      bytes.copyWithin(to, from, match.start);
      to += match.start - from;
      const marker = this.marker(match.rule);
      bytes.set(marker, to);
      to += marker.length;
      from = match.end;
      this.counts.set(match.rule, (this.counts.get(match.rule) ?? 0) + 1);
    }
    bytes.copyWithin(to, from, end);
    this.start = begin;
    tape.used = begin + size;
    return merged.length;
  }

  /** How often each rule fired since the last call. */
  takeCounts(): Record<string, number> {
    const taken = Object.fromEntries(this.counts);
    this.counts.clear();
    return taken;
  }

  private marker(rule: string): Buffer {
    let marker = this.markers.get(rule);
    if (marker === undefined) {
      marker = Buffer.from(`[REDACTED:${rule}]`);
      this.markers.set(rule, marker);
    }
    return marker;
  }
}

function merge(matches: Match[]): Match[] {
  matches.sort((left, right) => left.start - right.start || right.end - left.end);
  const merged: Match[] = [];
  for (const match of matches) {
    const last = merged.at(-1);
    if (last === undefined || match.start >= last.end) {
      merged.push(match);
      continue;
    }
    if (GENERAL.has(last.rule) && match.start === last.start) last.rule = match.rule;
    last.end = Math.max(last.end, match.end);
  }
  return merged;
}

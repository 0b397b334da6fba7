/** The real request bodies in test/golden/captures, by agent/file name. */

import { readdirSync, readFileSync } from 'node:fs';

const CAPTURES = new URL('../../golden/captures/', import.meta.url);

/** Names of bodies that match, sorted. */
export function captureNames(pattern: RegExp): string[] {
  const names = readdirSync(CAPTURES, { recursive: true }) as string[];
  return names.filter((name) => pattern.test(name) && !name.endsWith('.headers.json')).sort();
}

/** The body's bytes as sent. */
export function captureBytes(name: string): Buffer {
  return readFileSync(new URL(name, CAPTURES));
}

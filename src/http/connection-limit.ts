/**
 * How many connections may stand at once. Each holds a file descriptor, and idle ones cost a stranger nothing: they must
 * not take those that the spool writes segments with and the sink reaches the store with.
 */

import { readdirSync, readFileSync } from 'node:fs';

/** However many descriptors there are. */
const CONNECTIONS_MAX = 16_384;

/** For the spool, the sink, questions to the store and the engine's pipes. */
const RESERVED_DESCRIPTORS = 64;

/** Connections that are taken all the same where even that many are not there. */
const CONNECTIONS_MIN = 16;

/** Connections at once, for a process that may open `descriptors` more files. */
export function connectionsMax(descriptors = freeDescriptors()): number {
  return Math.min(CONNECTIONS_MAX, Math.max(CONNECTIONS_MIN, descriptors - RESERVED_DESCRIPTORS));
}

/** Node raises the soft limit to the hard one as it starts; only Linux says where that is. */
function freeDescriptors(): number {
  try {
    const [, limit] = /^Max open files +(\d+) /m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? CONNECTIONS_MAX * 2 : Number(limit) - readdirSync('/proc/self/fd').length;
  } catch {
    // Another system.
    return CONNECTIONS_MAX * 2;
  }
}

/**
 * Bounds of the embedded engine. A query runs on one thread of the libuv pool from start to end, and the pool has
 * THREADS of them: reads and writes together stay below it, so that files and sockets still get a turn.
 */

import { totalmem } from 'node:os';

export const THREADS = 16;
export const READS_MAX = 4;
/** Two tables insert side by side. */
export const WRITES_MAX = 2;
export const WAITING_MAX = 128;
export const WAIT_MS = 30_000;

/** Statement text; data of an INSERT does not count. */
export const QUERY_BYTES_MAX = 1024 * 1024;
/** Body of one INSERT on the wire, held in a file. */
export const BODY_BYTES_MAX = 1024 * 1024 * 1024;
/** A result that cannot be fetched block by block is held in memory: this much of it. */
export const RESULT_BYTES_MAX = 64 * 1024 * 1024;
export const READ_SECONDS_MAX = 60;
/** A client that takes no byte of its result for this long loses it: it holds a place in the read lane. */
export const STALLED_CLIENT_MS = 60_000;
export const CONNECTIONS_MAX = 256;
export const NAMED_SESSIONS_MAX = 64;
/** A new engine waits this long for the directory's lock and for the port of the one before it. */
export const TAKEOVER_MS = 10_000;
export const HEADER_BYTES_MAX = 256 * 1024;

const MIB = 1024 * 1024;

/**
 * Engine options on its command line. Defaults suit a server of its own; this one shares a laptop: a quarter of the
 * memory and never more than 4 GiB, four merge threads instead of sixteen, small caches.
 */
export function engineArguments(memoryBytes = totalmem()): string[] {
  const memoryMax = Math.round(Math.min(Math.max(memoryBytes / 4, 1024 * MIB), 4096 * MIB));
  const options: Readonly<Record<string, number>> = {
    max_server_memory_usage: memoryMax,
    merges_mutations_memory_usage_soft_limit: Math.round(memoryMax / 2),
    mark_cache_size: 64 * MIB,
    index_mark_cache_size: 16 * MIB,
    primary_index_cache_size: 64 * MIB,
    uncompressed_cache_size: 0,
    query_condition_cache_size: 16 * MIB,
    compiled_expression_cache_size: 16 * MIB,
    background_pool_size: 4,
    background_schedule_pool_size: 8,
    background_common_pool_size: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
  };
  return Object.entries(options).map(([name, value]) => `--${name}=${value}`);
}

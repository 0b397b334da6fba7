/**
 * Settings of every INSERT of a segment. They make one INSERT one block and so one part: atomic, and known by its token.
 * A retry must send the same ones. On one node with a plain MergeTree the token counts only because the table has a
 * deduplication window (ddl.ts).
 */

/** Above any batch of ours: a segment is sealed long before. */
const ROWS_MAX = 100_000_000;
const BYTES_MAX = 16 * 1024 * 1024 * 1024;

/** Pinned since 26.x turns asynchronous inserts without deduplication on by default. */
export const INSERT_SETTINGS = {
  async_insert: 0,
  insert_deduplicate: 1,
  // Duplicates collapse in merges and by FINAL; sorting them out at each INSERT costs half of the speed.
  optimize_on_insert: 0,
  max_insert_block_size: String(ROWS_MAX),
  min_insert_block_size_rows: String(ROWS_MAX),
  min_insert_block_size_bytes: String(BYTES_MAX),
  max_insert_threads: 1,
  input_format_parallel_parsing: 0,
} as const;

/** In addition on a cluster: the answer comes after the shards have the rows, on a quorum of replicas. */
export const CLUSTER_INSERT_SETTINGS = {
  distributed_foreground_insert: 1,
  insert_quorum: 'auto',
} as const;

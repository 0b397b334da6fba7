/** Tables that the store keeps for itself: which migrations ran, and the prices that the views join. */

import type { ExtraTable } from './ddl.ts';

/** One row per migration and node that ran it; rows of one version collapse. */
export const SCHEMA_MIGRATIONS: ExtraTable = {
  name: 'schema_migrations',
  columnsSql: "version UInt32, name String, applied_at DateTime64(3, 'UTC')",
  engine: 'ReplacingMergeTree',
  versionColumn: 'applied_at',
  orderBy: ['version'],
  shardKey: 'version',
};

/** Whole tables of prices; the one that was loaded last counts. A load is one block, so it is seen whole or not at all. */
export const MODEL_PRICES: ExtraTable = {
  name: 'model_prices',
  columnsSql: [
    'prices_hash String',
    "loaded_at DateTime64(3, 'UTC')",
    'model String',
    'valid_from Date',
    'input_usd Float64',
    'output_usd Float64',
    'cache_read_usd Float64',
    'cache_creation_usd Float64',
  ].join(', '),
  engine: 'MergeTree',
  orderBy: ['loaded_at', 'model', 'valid_from'],
  shardKey: 'cityHash64(prices_hash)',
};

/** Version of this server, as in package.json (a test holds them equal); written to `ingest_version` of every raw row. */

export const VERSION = '1.0.0';

/**
 * Compile-time bounds of the whole server, and the arithmetic between them.
 * A bound that an operator may move is a setting (config/settings.ts); what stands here protects the process itself.
 */

/** Deepest nesting of AnyValue, JSON containers, and JSON inside strings together. Over it: NESTING_TOO_DEEP. */
export const NESTING_DEPTH_MAX = 64;

/** How many times JSON may hide inside a JSON string before the text is treated as plain text. */
export const JSON_IN_STRING_DEPTH_MAX = 4;

/** Values (tape nodes) in one record or one hook event; a body of 64 MiB could hold 32 million. Over it: TOO_MANY_VALUES. */
export const TAPE_NODES_MAX = 2_000_000;

/** Longest attribute key that is kept, in bytes; longer keys are cut, behind redaction: half a secret has no form. */
export const KEY_BYTES_MAX = 256;

/** So much of a longer key is read: enough for every secret that begins in the part that is kept. */
export const KEY_READ_BYTES_MAX = 4096;

/** Longest API key that is hashed, so that a hostile header costs little. */
export const API_KEY_BYTES_MAX = 512;

/** Longest header value that is stored (user agent, content type). */
export const HEADER_VALUE_BYTES_MAX = 256;

/** First line of an error text that stays without capture, in bytes. */
export const ERROR_LINE_BYTES_MAX = 300;

/** Unknown strings longer than this count as output. */
export const UNKNOWN_STRING_BYTES_MAX = 256;

/** Tenants that get their own label in /metrics; the rest share `other`. */
export const METRIC_TENANTS_MAX = 200;

/** Bytes of a refused body that are read and thrown away before the connection is closed. */
export const DISCARD_BYTES_MAX = 1024 * 1024;

/** Rows one side of the ring holds before it is drained into a frame. */
export const RING_ROWS_MAX = 16_384;

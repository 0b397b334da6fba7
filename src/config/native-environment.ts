/**
 * Environment of the native libraries. Import this before anything that loads them: both read their variable once.
 * A value that the operator has set stays.
 */

/**
 * Largest header block that uWebSockets.js takes, bytes; its own default of 4096 refuses a bearer key beside a few
 * tracing headers. Over it the library answers 431 itself.
 */
const HTTP_HEADERS_BYTES_MAX = 16 * 1024;

/**
 * Threads of libuv's pool. fdatasync of the spool shares it with DNS lookups, and four hanging lookups would stop
 * every acknowledgement.
 */
const UV_THREADS = 16;

process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(HTTP_HEADERS_BYTES_MAX);
process.env['UV_THREADPOOL_SIZE'] ??= String(UV_THREADS);

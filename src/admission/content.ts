/** What a body claims to be: Content-Type and Content-Encoding, read as RFC 9110 (8.3, 8.4) writes them. */

/** Encodings of a telemetry body. */
export type BodyType = 'json' | 'protobuf';

/** Codings that the workers can undo. */
export type BodyEncoding = 'identity' | 'gzip' | 'deflate' | 'zstd';

/** The body type of a Content-Type value; parameters and case do not matter. Undefined for anything else. */
export function bodyTypeOf(contentType: string): BodyType | undefined {
  const semicolon = contentType.indexOf(';');
  const essence = (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  if (essence === 'application/x-protobuf') return 'protobuf';
  if (essence === 'application/json') return 'json';
  return undefined;
}

/** The coding of a Content-Encoding value; none is identity. Undefined for unknown codings and for lists of them. */
export function bodyEncodingOf(contentEncoding: string): BodyEncoding | undefined {
  switch (contentEncoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return 'identity';
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'deflate':
      return 'deflate';
    case 'zstd':
      return 'zstd';
    default:
      return undefined;
  }
}

/**
 * What the codes of a failed TLS handshake mean, or of one that was not asked for, and what mends it. Names: Node's tls
 * module, X509_verify_cert_error_string(3).
 */

export interface TlsFault {
  readonly meaning: string;
  readonly mend: string;
}

const UNTRUSTED: TlsFault = {
  meaning: 'its certificate comes from an authority that this machine does not know',
  mend: 'name the file with that authority (PEM) in NODE_EXTRA_CA_CERTS, here and where the agents are started',
};

const FAULTS: ReadonlyMap<string, TlsFault> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['CERT_HAS_EXPIRED', { meaning: 'its certificate has expired', mend: 'renew it on the server, or set this clock' }],
  [
    'CERT_NOT_YET_VALID',
    { meaning: 'its certificate is not valid yet', mend: 'set this clock, or the one of the server' },
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    {
      meaning: 'its certificate is for another name',
      mend: 'use the name that the certificate has: "moda init --endpoint=…"',
    },
  ],
]);

/** What a server with TLS does to a request without: it closes the connection. */
const HUNG_UP: readonly string[] = ['UND_ERR_SOCKET', 'ECONNRESET'];

/** The fault behind the code of a call to `endpoint`; undefined when TLS has nothing to do with it. */
export function tlsFault(code: string, endpoint: string): TlsFault | undefined {
  if (HUNG_UP.includes(code) && endpoint.startsWith('http:')) {
    return { meaning: 'it hung up', mend: 'if the server speaks TLS, run "moda init --endpoint=https://…"' };
  }
  const known = FAULTS.get(code);
  if (known !== undefined || !code.startsWith('ERR_SSL_')) return known;
  return { meaning: 'no common TLS', mend: 'if the server speaks plain http, run "moda init --endpoint=http://…"' };
}

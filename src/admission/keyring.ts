/**
 * Who is calling: bearer key → tenant. Keys come from the keys file (re-read on change), from MODA_API_KEYS, or from
 * the development key. First gate of every request, so a bad key must cost no more than one hash.
 */

import { statSync } from 'node:fs';
import { API_KEY_BYTES_MAX } from '../limits.ts';
import { hashApiKey } from './api-key.ts';
import { type KeyEntry, KeysFileError, readKeysFile } from './keys-file.ts';

/** The holder of a key. One object per key and load, so that it can be compared and held. */
export interface Identity {
  readonly tenantId: string;
  readonly keyName: string;
  /** Milliseconds since the epoch; undefined never expires. */
  readonly expiresAtMs: number | undefined;
  readonly requestsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

/** A key that does not come from the file. */
export interface GivenKey {
  readonly key: string;
  readonly tenantId: string;
  readonly name: string;
}

export interface KeyringOptions {
  readonly file: string | undefined;
  readonly given: readonly GivenKey[];
  /** Told about a file that can no longer be used (its last good content stays in force) and about its mode. */
  readonly warn: (message: string) => void;
  /** How often the file is looked at, milliseconds. A directory watch would miss atomic renames on some systems. */
  readonly pollMs?: number;
  readonly now?: () => number;
}

const POLL_MS = 250;

/** Headers that are remembered. */
const KNOWN_MAX = 10_000;

export class Keyring {
  readonly #options: KeyringOptions;
  readonly #now: () => number;
  #identities: ReadonlyMap<string, Identity>;
  /** Headers that were good since the keys were read: a client sends the same one with every request. */
  readonly #known = new Map<string, Identity>();
  #fileStamp = '';
  #timer: NodeJS.Timeout | undefined;

  /** Reads the file once; throws `KeysFileError` when it is unusable at start. */
  constructor(options: KeyringOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#identities = this.#read();
    if (options.file !== undefined) {
      this.#timer = setInterval(() => this.#reloadIfChanged(), options.pollMs ?? POLL_MS);
      this.#timer.unref();
    }
  }

  /** Number of keys in force, expired ones included. */
  get size(): number {
    return this.#identities.size;
  }

  /** The holder of the key in an `Authorization` header; undefined for a missing, unknown, revoked or expired one. */
  authenticate(authorization: string): Identity | undefined {
    const identity = this.#known.get(authorization) ?? this.#find(authorization);
    if (identity?.expiresAtMs !== undefined && this.#now() >= identity.expiresAtMs) return undefined;
    return identity;
  }

  #find(authorization: string): Identity | undefined {
    const key = bearerKey(authorization);
    if (key === undefined) return undefined;
    const identity = this.#identities.get(hashApiKey(key));
    if (identity === undefined) return undefined;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(authorization, identity);
    return identity;
  }

  /** Reads the file again now (SIGHUP). */
  reload(): void {
    try {
      this.#identities = this.#read();
      this.#known.clear();
    } catch (error) {
      if (!(error instanceof KeysFileError)) throw error;
      this.#options.warn(`${error.message}; the keys read before stay in force`);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #reloadIfChanged(): void {
    if (this.#stamp() !== this.#fileStamp) this.reload();
  }

  #stamp(): string {
    const { file } = this.#options;
    if (file === undefined) return '';
    try {
      const { ino, size, mtimeMs, ctimeMs } = statSync(file);
      return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
    } catch (error) {
      // Gone, or no longer ours to look at: the reading that this change brings about says so, once.
      return (error as NodeJS.ErrnoException).code ?? 'error';
    }
  }

  #read(): ReadonlyMap<string, Identity> {
    const identities = new Map<string, Identity>();
    const { file, given, warn } = this.#options;
    if (file !== undefined) {
      // The stamp is taken first: a write in between is then seen by the next poll.
      this.#fileStamp = this.#stamp();
      const { keys, warning } = readKeysFile(file);
      if (warning !== undefined) warn(warning);
      for (const [hash, entry] of Object.entries(keys)) identities.set(hash, identityOf(entry));
    }
    for (const { key, tenantId, name } of given) {
      identities.set(hashApiKey(key), {
        tenantId,
        keyName: name,
        expiresAtMs: undefined,
        requestsPerSecond: undefined,
        bytesPerSecond: undefined,
      });
    }
    return identities;
  }
}

function identityOf(entry: KeyEntry): Identity {
  return {
    tenantId: entry.tenant,
    keyName: entry.name,
    expiresAtMs: entry.expires === undefined ? undefined : Date.parse(entry.expires),
    requestsPerSecond: entry.limits?.requestsPerSecond,
    bytesPerSecond: entry.limits?.bytesPerSecond,
  };
}

/** The key of `Bearer <key>`; the scheme's case does not matter (RFC 9110, 11.1). */
function bearerKey(authorization: string): string | undefined {
  if (authorization.length > API_KEY_BYTES_MAX + 16) return undefined;
  if (authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  const key = authorization.slice(7).trim();
  return key === '' || key.length > API_KEY_BYTES_MAX ? undefined : key;
}

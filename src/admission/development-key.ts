/** The key of a fresh start without any other: made once, kept 0600 in the data directory. */

import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiKey } from './api-key.ts';
import { KeysFileError, writePrivateFile } from './keys-file.ts';

/** Tenant of the development key. */
const DEVELOPMENT_TENANT = 'dev';

export interface DevelopmentKey {
  readonly key: string;
  readonly tenantId: string;
  readonly file: string;
  /** True on the start that made it: the only one that may print it. */
  readonly isNew: boolean;
}

/** Reads the development key of `dataDir`, or makes it. Throws `KeysFileError` when the file is there and holds no key. */
export function openDevelopmentKey(dataDir: string): DevelopmentKey {
  const file = join(dataDir, 'development-key');
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    const key = readFileSync(file, 'utf8').trim();
    if (!/^moda_sk_[A-Za-z0-9_-]{22,}$/.test(key)) {
      throw new KeysFileError(`${file} holds no key; delete it to get a new one`);
    }
    return { key, tenantId: DEVELOPMENT_TENANT, file, isNew: false };
  }
  const key = createApiKey();
  writePrivateFile(file, `${key}\n`);
  return { key, tenantId: DEVELOPMENT_TENANT, file, isNew: true };
}

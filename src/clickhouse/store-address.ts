/**
 * Where the store of a running server is: the embedded engine's address with its password, left in the data directory
 * for `npm run sql` and for people. Readable by its owner only.
 */

import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'clickhouse-url';

/** Writes the address whole or not at all; an older file, whatever its mode, is replaced. */
export async function writeStoreAddress(dataDir: string, url: string): Promise<void> {
  const path = join(dataDir, FILE);
  const draft = `${path}.${process.pid}`;
  await rm(draft, { force: true });
  await writeFile(draft, `${url}\n`, { mode: 0o600, flag: 'wx' });
  // The mode given at creation is narrowed by the umask only; this states it.
  await chmod(draft, 0o600);
  await rename(draft, path);
}

/** The address, or undefined when no server has written one. */
export async function readStoreAddress(dataDir: string): Promise<string | undefined> {
  try {
    const url = (await readFile(join(dataDir, FILE), 'utf8')).trim();
    return url === '' ? undefined : url;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes the address away when the engine behind it stops. */
export async function removeStoreAddress(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
}

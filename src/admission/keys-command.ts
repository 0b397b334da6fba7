/**
 * `npm run keys -- create|list|revoke`: the only writer of the keys file. A key is printed once, when it is made; the
 * file keeps its hash. A running server sees the change by itself.
 */

import { existsSync, realpathSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { processSetting } from '../config/process-config.ts';
import { createApiKey, hashApiKey } from './api-key.ts';
import {
  type KeyEntry,
  type KeysFile,
  KeysFileError,
  parseKeysFile,
  readKeysFile,
  writeKeysFile,
} from './keys-file.ts';
import { withKeysLocked } from './keys-lock.ts';

const USAGE = `Usage (the file is MODA_API_KEYS_FILE or --file):
  npm run keys -- create --tenant T --name N [--expires 2027-01-01T00:00:00Z] [--file PATH]
  npm run keys -- list [--file PATH]
  npm run keys -- revoke --tenant T --name N [--file PATH]
  npm run keys -- revoke --hash PREFIX [--file PATH]
`;

const OPTIONS = {
  tenant: { type: 'string' },
  name: { type: 'string' },
  expires: { type: 'string' },
  hash: { type: 'string' },
  file: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Values = { readonly [K in Exclude<keyof typeof OPTIONS, 'help'>]?: string | undefined };

/** Bad usage: printed without a stack, exit code 2. */
class UsageError extends Error {}

function keysIn(path: string): KeysFile {
  return existsSync(path) ? readKeysFile(path).keys : {};
}

function createKey(path: string, { tenant, name, expires }: Values): string {
  if (tenant === undefined || name === undefined) throw new UsageError('create needs --tenant and --name');
  const key = createApiKey();
  const entry: KeyEntry = { tenant, name, ...(expires === undefined ? {} : { expires }) };
  const keys = { ...keysIn(path), [hashApiKey(key)]: entry };
  // Checked before it is written, by the same rules that the server reads it by.
  parseKeysFile(JSON.stringify(keys), path);
  writeKeysFile(path, keys);
  return `${key}\n`;
}

function listKeys(path: string): string {
  const rows = Object.entries(keysIn(path)).map(([hash, entry]) => {
    const isExpired = entry.expires !== undefined && Date.parse(entry.expires) <= Date.now();
    const expiry =
      entry.expires === undefined ? 'never expires' : `${isExpired ? 'expired' : 'expires'} ${entry.expires}`;
    return `${printable(`${hash.slice(0, 12)}  ${entry.tenant}  ${entry.name}  ${expiry}`)}\n`;
  });
  return rows.length === 0 ? 'no keys\n' : rows.join('');
}

/** One line that says what it holds: line breaks, orders to the terminal and invisible characters are written as escapes. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

function revokeKeys(path: string, { tenant, name, hash }: Values): string {
  if (hash === undefined && (tenant === undefined || name === undefined)) {
    throw new UsageError('revoke needs --tenant and --name, or --hash');
  }
  if (hash !== undefined && hash.length < 8) throw new UsageError('--hash needs at least 8 digits');
  const isMeant = ([digest, entry]: [string, KeyEntry]): boolean =>
    hash === undefined ? entry.tenant === tenant && entry.name === name : digest.startsWith(hash.toLowerCase());
  const entries = Object.entries(keysIn(path));
  const kept = entries.filter((entry) => !isMeant(entry));
  if (kept.length === entries.length) throw new UsageError('no such key');
  writeKeysFile(path, Object.fromEntries(kept));
  return `revoked ${entries.length - kept.length}\n`;
}

/** Runs one command line and returns what to print. Throws on bad usage and on an unusable file. */
function runKeysCommand(args: readonly string[]): string {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) return USAGE;
  const named = values.file ?? processSetting('apiKeysFile');
  if (named === undefined) throw new UsageError('set MODA_API_KEYS_FILE or pass --file');
  // A link would be replaced by a file of its own, while the server goes on with the keys that the link named.
  const path = existsSync(named) ? realpathSync(named) : named;
  switch (positionals.join(' ')) {
    case 'create':
      return withKeysLocked(path, () => createKey(path, values));
    case 'list':
      return listKeys(path);
    case 'revoke':
      return withKeysLocked(path, () => revokeKeys(path, values));
    default:
      throw new UsageError('expected create, list or revoke');
  }
}

try {
  process.stdout.write(runKeysCommand(process.argv.slice(2)));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n${error instanceof KeysFileError ? '' : `\n${USAGE}`}`);
  process.exitCode = 2;
}

/**
 * Completes package-lock.json: a registry that lacks some platform packages leaves them out of the lock file, and `npm ci`
 * then refuses it. Adds an entry for each optional dependency that has none; nothing is fetched for a foreign platform.
 * Run after every change of the dependencies: `npx node deploy/complete-lock.ts`.
 */

import { readFileSync, writeFileSync } from 'node:fs';

interface LockEntry {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockEntry> };

/** Platform words as they stand in package names. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const os = /darwin|linux|win32|android|freebsd|openbsd|netbsd|sunos|aix/.exec(name)?.[0];
  const cpu = /arm64|x64|arm(?!64)|ia32|ppc64|s390x|riscv64|loong64/.exec(name)?.[0];
  const libc = name.includes('musl') ? 'musl' : /gnu|glibc/.test(name) ? 'glibc' : undefined;
  return { ...(os && { os: [os] }), ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }) };
}

let added = 0;
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${parent}/node_modules/${name}`.replace(/^\//, '');
    const hoisted = `node_modules/${name}`;
    if (nested in lock.packages || hoisted in lock.packages) continue;
    lock.packages[hoisted] = { version, ...(entry.dev && { dev: true }), optional: true, ...platformOf(name) };
    added++;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root!, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} entries added\n`);

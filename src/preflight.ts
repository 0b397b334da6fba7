/**
 * Can this machine run the server at all? Asked before anything native is loaded, so that the answer is one line that
 * says what to do instead of a stack trace of a loader.
 */

import type { Config } from './config/settings.ts';

/** The problem in one line; undefined when there is none. */
export async function findPlatformProblem(config: Config): Promise<string | undefined> {
  return nodeProblem() ?? (await listenerProblem()) ?? (await compressionProblem()) ?? storeProblem(config);
}

/** For the built server; what an older Node says of the sources, deploy/check-node.js says before. */
function nodeProblem(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const hasZstd = major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15);
  return hasZstd ? undefined : `Node ${process.versions.node} has no zstd: use Node 22.15 or later`;
}

async function listenerProblem(): Promise<string | undefined> {
  try {
    await import('uWebSockets.js');
    return undefined;
  } catch {
    // The loader's own message is a page long and ends in a path.
    return `uWebSockets.js has no binary for Node ${process.version} on ${process.platform} ${process.arch}: use Node 22 (npm start does) on Linux with glibc, macOS or Windows`;
  }
}

async function compressionProblem(): Promise<string | undefined> {
  try {
    await import('lz4-napi');
    return undefined;
  } catch {
    // Its binaries are optional packages too, so that npm ci --omit=optional leaves out more than chdb.
    return `lz4-napi has no binary for ${process.platform} ${process.arch} here: run npm ci without --omit=optional; to do without the embedded ClickHouse, delete node_modules/chdb and node_modules/@chdb`;
  }
}

function storeProblem(config: Config): string | undefined {
  if (config.clickhouseUrl !== undefined) return undefined;
  const advice = 'npm install chdb, or set MODA_CLICKHOUSE_URL to a ClickHouse server';
  try {
    import.meta.resolve('chdb');
    return undefined;
  } catch {
    // Deleted on purpose, or left out by npm on a platform that it does not know.
    return `the embedded ClickHouse is not installed: ${advice}`;
  }
}

/**
 * Can this machine run the server at all? Asked before anything native is loaded, so that the answer is one line that
 * says what to do instead of a stack trace of a loader.
 */

import type { Config } from './config/settings.ts';

/** The problem in one line; undefined when there is none. */
export async function findPlatformProblem(config: Config): Promise<string | undefined> {
  return nodeProblem() ?? (await listenerProblem()) ?? storeProblem(config);
}

function nodeProblem(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isFromSource = import.meta.filename.endsWith('.ts');
  const isOld = major < 22 || (major === 22 && minor < 18);
  if (isFromSource && isOld) {
    return `Node ${process.version} cannot run the TypeScript sources: use Node 22.18 or later (npm start does), or npm run build and node dist/src/main.js`;
  }
  return undefined;
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

function storeProblem(config: Config): string | undefined {
  if (config.clickhouseUrl !== undefined) return undefined;
  const advice = 'npm install chdb, or set MODA_CLICKHOUSE_URL to a ClickHouse server';
  try {
    import.meta.resolve('chdb');
    return undefined;
  } catch {
    // Left out on purpose (npm ci --omit=optional) or by npm on a platform that it does not know.
    return `the embedded ClickHouse is not installed: ${advice}`;
  }
}

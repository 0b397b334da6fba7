/** Process entry: settings → server → signals. */

import './config/native-environment.ts';
import { helpText } from './config/help.ts';
import { ConfigError } from './config/load-config.ts';
import { processConfig, processWarnings } from './config/process-config.ts';
import { findPlatformProblem } from './preflight.ts';
import { exitProcess } from './server-exit.ts';

/** Errors whose message is written for the operator; anything else is a bug and keeps its stack. */
const ONE_LINE = new Set(['StartError', 'ListenError', 'EmbeddedUnavailable', 'KeysFileError']);

/** Ctrl-C under npm arrives twice, from the terminal and from npm: within this time it is one request to stop. */
const SAME_SIGNAL_MS = 500;

async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) {
    const isHelp = argument === '--help' || argument === '-h';
    process[isHelp ? 'stdout' : 'stderr'].write(isHelp ? helpText() : `unknown argument; --help lists the settings\n`);
    process.exitCode = isHelp ? 0 : 2;
    return;
  }
  const config = processConfig();
  const problem = await findPlatformProblem(config);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
    return;
  }
  const [{ createServer }, { bannerText }, { openLog }] = await Promise.all([
    import('./server.ts'),
    import('./server-banner.ts'),
    import('./telemetry/log.ts'),
  ]);
  const log = openLog(config.logLevel);
  for (const warning of processWarnings()) log.warn({}, warning);
  const server = await createServer(config, log);
  let stoppingSinceMs: number | undefined;
  const stop = (): void => {
    if (stoppingSinceMs !== undefined) {
      // Whoever asks again does not want to wait, and what is acknowledged is on disk.
      if (performance.now() - stoppingSinceMs > SAME_SIGNAL_MS) void exitProcess(1);
      return;
    }
    stoppingSinceMs = performance.now();
    server.stop().then(() => exitProcess(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => server.reloadKeys());
  process.stdout.write(bannerText(config, server));
  await server.storeReady.catch(async (error: unknown) => {
    if (stoppingSinceMs !== undefined) return;
    await server.stop();
    throw error;
  });
}

function fail(error: unknown): void {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
  const isForOperator = error instanceof Error && ONE_LINE.has(error.name);
  process.stderr.write(`${isForOperator ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

await main().catch(fail);

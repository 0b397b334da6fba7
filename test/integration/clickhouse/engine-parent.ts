/** A parent to be killed: starts an engine, tells its test where it is, and lives until then. */

import { startEmbedded } from '../../../src/clickhouse/embedded/engine.ts';

const engine = await startEmbedded({
  dataDir: process.argv[2] ?? '',
  port: 0,
  password: 'test-password',
  log: () => undefined,
});
await engine.ready;
process.send?.({ enginePid: engine.pid, port: engine.port });

/** The log of a server whose disk is full. */

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const LOG = resolve(import.meta.dirname, '../../../src/telemetry/log.ts');

const WRITES = `import { openLog } from ${JSON.stringify(LOG)};
const log = openLog('info');
for (let line = 0; line < 3; line += 1) {
  log.warn({ line }, 'spool commit failed');
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write('alive');`;

it.runIf(existsSync('/dev/full'))('does not end the process when its lines cannot be written', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', WRITES], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', full],
    timeout: 30_000,
  });
  closeSync(full);
  expect([status, stdout]).toEqual([0, 'alive']);
});

import fs from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from '../../unit/cli/sandbox.ts';
import { KEY, OTHER_KEY, type RunningServer, runServer } from '../support/server.ts';

const SETTINGS = ['.claude/settings.json', '.codex/hooks.json', '.codex/config.toml', '.cursor/hooks.json'];

let server: RunningServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await runServer();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await sandbox.remove();
});

function init(...args: string[]) {
  return sandbox.run(['init', `--endpoint=${server.url}`, ...args]);
}

describe('moda init against the running server', () => {
  it('[F45] [F46] [F47] checks the key, wires up all agents, and does not ask again', async () => {
    expect((await init('--yes', '--api-key=moda_sk_unknown')).code).toBe(3);
    expect((await init('--no-coding-agent-traces', `--api-key=${KEY}`)).code).toBe(0);
    expect(SETTINGS.filter((file) => fs.existsSync(sandbox.at(file)))).toStrictEqual([]);
    const run = await init('--yes');
    expect([run.code, run.stdout.includes('tenant alpha')]).toStrictEqual([0, true]);
    expect(SETTINGS.map((file) => sandbox.mode(file))).toStrictEqual([0o600, 0o600, 0o600, 0o600]);
    expect(run.stdout).toMatch(/prompt text will be sent/);
  });

  it('[F53] moves everything to another key in place', async () => {
    await init('--yes', `--api-key=${KEY}`);
    const before = SETTINGS.map((file) => sandbox.read(file));
    await init('--yes', `--api-key=${OTHER_KEY}`);
    expect(SETTINGS.map((file) => sandbox.read(file))).toStrictEqual(
      before.map((text) => text.replaceAll(KEY, OTHER_KEY)),
    );
  });

  it('[F50] writes endpoints and a header that the server takes as they stand', async () => {
    await init('--yes', `--api-key=${KEY}`);
    const { env } = JSON.parse(sandbox.read('.claude/settings.json'));
    const [name, ...value] = env.OTEL_EXPORTER_OTLP_HEADERS.split('=');
    for (const signal of ['LOGS', 'TRACES', 'METRICS']) {
      const response = await fetch(env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`], {
        method: 'POST',
        headers: { [name]: value.join('='), 'content-type': 'application/json' },
        body: '{}',
      });
      expect(response.status, signal).toBe(200);
    }
  });

  it('doctor finds every route working, down to the stored row, and views leave its canaries out', async () => {
    await init('--yes', `--api-key=${KEY}`);
    const run = await sandbox.run(['doctor']);
    expect([run.code, run.stdout.match(/sent, accepted, stored/g)?.length]).toStrictEqual([0, 12]);
    const canaries = `SELECT count() AS n FROM coding_agent_events WHERE mapContains(attributes, 'moda.canary')`;
    expect(await server.sql(canaries)).toStrictEqual([{ n: '9' }]);
    expect(await server.sql('SELECT count() AS n FROM sessions')).toStrictEqual([{ n: '0' }]);
  });
});

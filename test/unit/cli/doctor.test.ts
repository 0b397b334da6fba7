import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAtLeast } from '../../../src/cli/agents/detection.ts';
import { type Answer, knowsKey, type Peer, type RecordedRequest, Sandbox, startPeer } from './sandbox.ts';

const KEY = 'moda_sk_doctor';

let sandbox: Sandbox;
let peer: Peer;
let answer: (request: RecordedRequest) => Answer | undefined;

beforeEach(async () => {
  sandbox = new Sandbox();
  answer = storing;
  peer = await startPeer((request) => answer(request));
  sandbox.saveConfig(peer.url, KEY);
  fs.chmodSync(sandbox.at('.moda'), 0o700);
});
afterEach(async () => {
  await peer.close();
  await sandbox.remove();
});

/** A server that stores whatever it accepts. */
function storing(request: RecordedRequest): Answer | undefined {
  const known = knowsKey(KEY)(request);
  if (known !== undefined) return known;
  if (request.url.startsWith('/v1/requests/')) return { body: { stored: true, normalized_count: 1 } };
  return { headers: { 'x-request-id': '0190f0a0-0000-7000-8000-000000000000' } };
}

/** A program of the given name that says its version. */
function fakeProgram(name: string, version: string): string {
  const directory = sandbox.at('bin');
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, name), `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
  return `${directory}:${process.env['PATH'] ?? ''}`;
}

describe('moda doctor', () => {
  it('finds everything in order: works, with a canary stored through each route', async () => {
    await sandbox.run(['hooks', 'install', '--agent=all']);
    const run = await sandbox.run(['doctor'], { env: { PATH: fakeProgram('claude', '2.1.330 (Claude Code)') } });
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('Claude Code 2.1.330');
    expect(run.stdout.match(/sent, accepted, stored/g)).toHaveLength(12);
    expect(run.stdout.match(/^ok {3}works$/gm)).toHaveLength(1);
    expect(run.stdout.match(/^ok {3}works, should \w+ be installed where this shell does not look$/gm)).toHaveLength(2);
    const canaries = peer.requests.filter(({ method }) => method === 'POST');
    expect(new Set(canaries.map(({ url }) => url)).size).toBe(12);
    for (const { body } of canaries) expect(body).toContain('moda.canary');
  });

  it('says of an agent that is not wired up which command does it, and does not count it as a fault', async () => {
    const run = await sandbox.run(['doctor']);
    expect(run.code).toBe(0);
    for (const agent of ['claude', 'codex', 'cursor']) {
      expect(run.stdout).toContain(`not wired; run "moda hooks install --agent=${agent}"`);
    }
  });

  it('finds wide modes, missing hooks, a moved program, and a message for each', async () => {
    await sandbox.run(['hooks', 'install', '--agent=all']);
    fs.chmodSync(sandbox.at('.claude/settings.json'), 0o644);
    fs.chmodSync(sandbox.at('.moda/config.json'), 0o640);
    fs.writeFileSync(sandbox.at('.codex/hooks.json'), sandbox.read('.codex/hooks.json').replace('"Stop"', '"Halt"'));
    fs.writeFileSync(
      sandbox.at('.moda/bin/moda-hook'),
      sandbox.read('.moda/bin/moda-hook').replaceAll('main.ts', 'gone.ts'),
    );
    const run = await sandbox.run(['doctor', '--no-canary']);
    expect(run.code).toBe(1);
    for (const line of [
      'mode 644',
      'config.json can be read by others',
      'hooks are missing: Stop',
      'has moved',
      'wired but blocked',
    ]) {
      expect(run.stdout, line).toContain(line);
    }
    expect(run.stdout).not.toContain(KEY);
  });

  it('tells a refused key from an absent server from an event that is not stored', async () => {
    await sandbox.run(['hooks', 'install']);
    answer = () => ({ status: 401 });
    expect((await sandbox.run(['doctor'])).stdout).toContain('refused the API key');
    answer = (request) => (request.url.endsWith('/claude/traces') ? { status: 415 } : storing(request));
    const partly = await sandbox.run(['doctor']);
    expect([partly.code, partly.stdout.includes('traces: /v1/otel/claude/traces answered 415')]).toStrictEqual([
      1,
      true,
    ]);
    sandbox.saveConfig('http://127.0.0.1:1', KEY);
    const away = await sandbox.run(['doctor']);
    expect([away.code, away.stdout.includes('no answer from http://127.0.0.1:1')]).toStrictEqual([1, true]);
  });

  it('finds a clock that is an hour off', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    answer = (request) => ({ ...storing(request), headers: { date } });
    expect((await sandbox.run(['doctor', '--no-canary'])).stdout).toMatch(/differ by 3[56]\d\d s/);
  });

  it('[F54] names the variables that differ from the shell and which of the two the installed version uses', async () => {
    await sandbox.run(['hooks', 'install']);
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer stale', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' };
    const now = await sandbox.run(['doctor', '--no-canary'], {
      env: { ...env, PATH: fakeProgram('claude', '2.1.330') },
    });
    expect(now.stdout).toContain('OTEL_EXPORTER_OTLP_HEADERS differs: Claude Code 2.1.330 uses settings.json');
    expect(now.stdout).toContain('OTEL_EXPORTER_OTLP_ENDPOINT is exported in this shell and not in settings.json');
    expect(now.stdout).not.toContain('stale');
    const old = await sandbox.run(['doctor', '--no-canary'], { env: { ...env, PATH: fakeProgram('claude', '2.0.1') } });
    expect(old.stdout).toContain("Claude Code 2.0.1 is documented to use the shell's value");
  });

  it.each([
    ['2.0.54 (Claude Code)', 5, 1],
    ['2.0.56 (Claude Code)', 0, 0],
  ])(
    'wires up no Claude Code that drops a settings.json with hook events that it does not know: %s',
    async (version, installs, finds) => {
      const settings = sandbox.at('.claude/settings.json');
      const own = '{"permissions":{"deny":["Bash(rm:*)"]}}';
      fs.mkdirSync(path.dirname(settings), { recursive: true });
      fs.writeFileSync(settings, own);
      const env = { PATH: fakeProgram('claude', version) };
      const run = await sandbox.run(['hooks', 'install'], { env });
      expect(run.code).toBe(installs);
      expect(fs.readFileSync(settings, 'utf8') === own).toBe(installs !== 0);
      if (installs !== 0)
        expect(run.stderr).toMatch(/left untouched: .*Claude Code 2\.0\.54 ignores .* update it to 2\.0\.56/);
      if (installs !== 0) {
        const { stdout } = await sandbox.run(['doctor', '--no-canary'], { env });
        expect(stdout).toMatch(/not wired; .* update it to 2\.0\.56 or later, then run "moda hooks install/);
      }
      // Wired up where the program was not on PATH.
      await sandbox.run(['hooks', 'install']);
      const found = await sandbox.run(['doctor', '--no-canary'], { env });
      expect(found.code).toBe(finds);
      expect(found.stdout.includes('moda hooks uninstall --agent=claude')).toBe(finds !== 0);
    },
  );

  it('[E44] warns inside Claude Code that children do not inherit the OTEL variables', async () => {
    const run = await sandbox.run(['doctor', '--no-canary'], { env: { CLAUDECODE: '1' } });
    expect(run.stdout).toMatch(/does not pass OTEL variables on/);
  });

  it('finds an [otel] in a project, where Codex ignores it', async () => {
    fs.mkdirSync(path.join(sandbox.work, '.codex'));
    fs.writeFileSync(path.join(sandbox.work, '.codex/config.toml'), '[otel]\nenvironment = "x"\n');
    fs.mkdirSync(path.join(sandbox.work, 'deep'));
    const run = await sandbox.run(['doctor', '--no-canary'], { cwd: path.join(sandbox.work, 'deep') });
    expect(run.stdout).toContain('has an [otel]: Codex ignores it in a project');
  });

  it.each([
    ['{"env": {,}}', 'line 1, column 10'],
    ['{"a":"\u00ff"}', 'is not valid UTF-8'],
  ])('reports a settings file that cannot be read, %j, and goes on to the other agents', async (text, fault) => {
    sandbox.write('.claude/settings.json', '');
    fs.writeFileSync(sandbox.at('.claude/settings.json'), text, 'latin1');
    const env = { OTEL_LOGS_EXPORTER: 'console' };
    for (const command of [
      ['doctor', '--no-canary'],
      ['hooks', 'status'],
    ]) {
      const run = await sandbox.run(command, { env });
      expect([run.code, run.stderr]).toStrictEqual([1, '']);
      expect(run.stdout).toContain(fault);
      expect(run.stdout).toContain('Cursor');
    }
  });
});

it('compares releases part by part', () => {
  expect(isAtLeast('2.1.197', [2, 1, 197])).toBe(true);
  expect(isAtLeast('2.2.0', [2, 1, 197])).toBe(true);
  expect(isAtLeast('2.1.100', [2, 1, 197])).toBe(false);
  expect(isAtLeast('10.0.0', [2, 1, 197])).toBe(true);
});

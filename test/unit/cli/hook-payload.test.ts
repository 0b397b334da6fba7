import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eachWithPeer, hook, KEY, makeRepository, payload, peer, sandbox } from './each-sandbox.ts';

const CAPTURES = fileURLToPath(new URL('../../golden/captures/', import.meta.url));
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

eachWithPeer();

describe('what is sent', () => {
  it('[G56] adds firing time, event id, repository, branch and snapshot to what the agent wrote', async () => {
    makeRepository();
    const before = Date.now();
    const written = payload('PostToolUse', { tool_use_id: 't-1', tool_response: { stdout: 'x'.repeat(9), n: 1 } });
    expect((await sandbox.hook('claude', written)).code).toBe(0);
    const [request] = peer.requests;
    expect([request?.method, request?.url, request?.headers.authorization]).toStrictEqual([
      'POST',
      '/v1/otel/claude/hooks',
      `Bearer ${KEY}`,
    ]);
    const [sent] = peer.sent('/v1/otel/claude/hooks');
    expect(sent).toMatchObject({ ...written, repo: 'acme/web', branch: 'topic/x' });
    expect(sent?.['event_id']).toMatch(UUID);
    expect(sent?.['snapshot_commit']).toMatch(/^[0-9a-f]{40}$/);
    expect(sent?.['snapshot_tree']).toMatch(/^[0-9a-f]{40}$/);
    const firedMs = Date.parse(String(sent?.['timestamp']));
    expect(firedMs).toBeGreaterThanOrEqual(before - 5);
    expect(firedMs).toBeLessThanOrEqual(Date.now());
    expect(request?.body).not.toContain('hunter2');
  });

  it('keeps every byte that the agent wrote, also numbers that JavaScript cannot hold', async () => {
    await hook('codex', '{"session_id":"s","hook_event_name":"Stop","n":12345678901234567890,"f":1.0}\n');
    expect(peer.requests[0]?.body).toContain('"n":12345678901234567890,"f":1.0,"timestamp":');
  });

  it('does not overrule what the agent says itself', async () => {
    await hook('claude', payload('Notification', { timestamp: '2025-01-01T00:00:00Z', repo: 'mine' }));
    expect(peer.sent('/v1/otel/claude/hooks')[0]).toMatchObject({ timestamp: '2025-01-01T00:00:00Z', repo: 'mine' });
  });

  it('takes real payloads of all three agents to their own routes', async () => {
    for (const [agent, file] of [
      ['claude', 'claude/hooks.PostToolUse.Bash.json'],
      ['codex', 'codex/hooks.PostToolUse.json'],
      ['cursor', 'cursor/cursor.hooks.postToolUse.json'],
    ] as const) {
      const text = fs.readFileSync(path.join(CAPTURES, file), 'utf8');
      expect((await hook(agent, text)).code).toBe(0);
      expect(peer.sent(`/v1/otel/${agent}/hooks`)[0]).toMatchObject(JSON.parse(text));
    }
  });

  it('cuts the long texts of a payload of many megabytes', async () => {
    await hook('claude', payload('PostToolUse', { tool_response: { content: 'y'.repeat(6_000_000) } }));
    const body = peer.requests[0]?.body ?? '';
    expect(body.length).toBeLessThan(100_000);
    expect(JSON.parse(body).tool_response.content).toContain('characters cut by moda');
  });

  it('reads a long text in which every piece looks like the end as fast as any other', async () => {
    const timeOf = async (character: string): Promise<number> => {
      const event = JSON.stringify(payload('PostToolUse', { tool_response: character.repeat(24_000_000) }));
      const { tookMs } = await hook('claude', event, { keepsInputOpen: true });
      return tookMs;
    };
    const plain = await timeOf('x');
    expect(await timeOf('}')).toBeLessThan(plain * 2 + 500);
    expect(peer.sent('/v1/otel/claude/hooks')).toHaveLength(2);
  });

  it('gives each event an id of its own', async () => {
    await Promise.all(Array.from({ length: 4 }, () => hook('claude', payload('Notification'))));
    expect(new Set(peer.sent('/v1/otel/claude/hooks').map((body) => body['event_id'])).size).toBe(4);
  });

  it('reaches a server behind a base path', async () => {
    sandbox.saveConfig(`${peer.url}/base`, KEY);
    await hook('claude', payload('Notification'));
    expect(peer.requests[0]?.url).toBe('/base/v1/otel/claude/hooks');
  });

  it('takes events of Cursor that come through the hooks of Claude Code once, as Cursor’s', async () => {
    const event = payload('PreToolUse', { cursor_version: '2.1.0', conversation_id: 'c' });
    await hook('claude', event);
    expect(peer.requests.map(({ url }) => url)).toStrictEqual(['/v1/otel/cursor/hooks']);
    await sandbox.run(['hooks', 'install', '--agent=cursor']);
    await hook('claude', event);
    expect(peer.requests).toHaveLength(1);
  });
});

describe('what the agent reads', () => {
  it('is nothing for Claude Code and Codex, and JSON without a permission for Cursor', async () => {
    for (const event of ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'Stop', 'SessionEnd']) {
      const runs = await Promise.all([hook('claude', payload(event)), hook('codex', payload(event))]);
      for (const run of runs) expect(run).toMatchObject({ code: 0, stdout: '', stderr: '' });
    }
    expect((await hook('cursor', payload('preToolUse'))).stdout).toBe('{}');
    expect((await hook('cursor', payload('beforeSubmitPrompt'))).stdout).toBe('{"continue":true}');
  });

  it('is the same for input that is no hook payload', async () => {
    for (const input of ['', 'no json', '[]', '{"session_id":', '\u0000'.repeat(100)]) {
      const [claude, cursor] = await Promise.all([hook('claude', input), hook('cursor', input)]);
      expect(claude, input).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(cursor, input).toMatchObject({ code: 0, stdout: '{}' });
    }
    expect((await hook('gemini', payload('Stop'))).code).toBe(0);
    expect(peer.requests).toHaveLength(0);
  });

  it('[F52] comes without any environment, and without a key nothing is sent', async () => {
    const wholeEnv = { HOME: sandbox.home };
    expect(await hook('claude', payload('Stop'), { wholeEnv })).toMatchObject({ code: 0, stdout: '' });
    // The time for a hook cannot be raised without an environment: a starved machine keeps the event for the next one.
    const kept = (): number => {
      const queue = sandbox.at('.moda/queue');
      return peer.requests.length + (fs.existsSync(queue) ? fs.readdirSync(queue).length : 0);
    };
    const before = kept();
    expect(before).toBeGreaterThanOrEqual(1);
    fs.rmSync(sandbox.at('.moda/config.json'));
    expect((await hook('claude', payload('Stop'))).code).toBe(0);
    expect(kept()).toBe(before);
  });

  it('comes in time when standard input is never closed', async () => {
    const run = await sandbox.run(['hook', 'claude'], { input: JSON.stringify(payload('Stop')), keepsInputOpen: true });
    expect(run.code).toBe(0);
    expect(run.tookMs).toBeLessThan(20_000);
    expect(peer.requests).toHaveLength(1);
  });
});

describe('MODA_HOOK_DEBUG', () => {
  it('writes a private trace without payload and key', async () => {
    const env = { MODA_HOOK_DEBUG: '1' };
    await hook('claude', payload('UserPromptSubmit', { prompt: 'the secret plan' }), { env });
    const trace = sandbox.read('.moda/hook-debug.log');
    expect(trace).toMatch(/hook claude .*UserPromptSubmit s-1 .*sent .*done/);
    expect(trace).not.toContain('secret plan');
    expect(trace).not.toContain(KEY);
    expect(sandbox.mode('.moda/hook-debug.log')).toBe(0o600);
  });

  it('leaves the mode of a folder that a path names', async () => {
    const folder = path.join(sandbox.root, 'shared');
    fs.mkdirSync(folder);
    fs.chmodSync(folder, 0o755);
    await hook('claude', payload('Stop'), { env: { MODA_HOOK_DEBUG: path.join(folder, 'hooks.log') } });
    expect(fs.readFileSync(path.join(folder, 'hooks.log'), 'utf8')).toContain('done');
    expect(fs.statSync(folder).mode & 0o777).toBe(0o755);
  });
});

describe('what a hook loads', () => {
  it('neither an HTTP client, nor child processes, nor crypto, and few modules, when there is no snapshot', async () => {
    const hooks = path.join(sandbox.root, 'report.mjs');
    fs.writeFileSync(
      hooks,
      `import fs from 'node:fs'; process.on('exit', () => fs.writeFileSync(${JSON.stringify(path.join(sandbox.root, 'list'))}, process.moduleLoadList.join('\\n')));`,
    );
    await hook('claude', payload('Notification'), { env: { NODE_OPTIONS: `--import=${hooks}` } });
    const loaded = fs.readFileSync(path.join(sandbox.root, 'list'), 'utf8').split('\n');
    expect(peer.requests).toHaveLength(1);
    const names = [
      'NativeModule _http_client',
      'NativeModule internal/deps/undici/undici',
      'NativeModule child_process',
      'NativeModule internal/crypto/webcrypto',
    ];
    expect(loaded).toContain('NativeModule net');
    expect(loaded.filter((name) => names.includes(name))).toStrictEqual([]);
  });
});

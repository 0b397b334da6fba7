import fs from 'node:fs';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answerWith, eachWithPeer, hook, KEY, makeRepository, payload, peer, sandbox } from './each-sandbox.ts';
import { until } from './sandbox.ts';

const FIXTURES = fileURLToPath(new URL('../../integration/front-door/fixtures/', import.meta.url));

eachWithPeer();

function queued(): string[] {
  const directory = sandbox.at('.moda/queue');
  return fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => name.endsWith('.json')) : [];
}

describe('when the server is not as it should be', () => {
  it('keeps the payload in a private queue and sends it with the next hook that gets through', async () => {
    sandbox.saveConfig('http://127.0.0.1:1', KEY);
    expect((await hook('claude', payload('Stop', { secret_text: 'hush' }))).code).toBe(0);
    const [name] = queued();
    expect(sandbox.mode('.moda/queue')).toBe(0o700);
    expect(sandbox.mode(path.join('.moda/queue', name ?? ''))).toBe(0o600);
    expect(sandbox.read(path.join('.moda/queue', name ?? ''))).not.toContain(KEY);
    sandbox.saveConfig(peer.url, KEY);
    await hook('claude', payload('Notification'));
    await until(() => queued().length === 0);
    const events = peer.sent('/v1/otel/claude/hooks');
    expect(events.map((event) => event['hook_event_name']).sort()).toStrictEqual(['Notification', 'Stop']);
    expect(events.find((event) => event['hook_event_name'] === 'Stop')?.['secret_text']).toBe('hush');
  });

  it('queues what is refused for a while or for the key, and drops what is refused for its content', async () => {
    for (const [status, left] of [
      [503, 1],
      [429, 2],
      [401, 3],
      [500, 4],
      [404, 5],
      [400, 5],
      [413, 5],
      [415, 5],
    ] as const) {
      answerWith(() => ({ status }));
      expect((await hook('claude', payload('Notification'))).code).toBe(0);
      expect(queued(), String(status)).toHaveLength(left);
    }
  });

  it('ends within its budget when the server never answers, and does not wait for it again at once', async () => {
    let accepted = 0;
    const silent = net.createServer((socket) => {
      accepted += 1;
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    sandbox.saveConfig(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`, KEY);
    const env = { MODA_HOOK_TIMEOUT_MS: '2000' };
    const first = await hook('claude', payload('Stop'), { env });
    expect(first.code).toBe(0);
    expect(first.tookMs).toBeLessThan(20_000);
    const second = await hook('claude', payload('Stop'));
    expect(second.code).toBe(0);
    expect(accepted).toBe(1);
    expect(queued()).toHaveLength(2);
    silent.close();
  });

  it('queues the event when a snapshot takes all the time there is', async () => {
    makeRepository();
    const bin = path.join(sandbox.root, 'bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, 'git'), '#!/bin/sh\nexec sleep 20\n', { mode: 0o755 });
    const env = { MODA_HOOK_SNAPSHOT_MS: '60000', MODA_HOOK_TIMEOUT_MS: '8000', PATH: `${bin}:${process.env['PATH']}` };
    const run = await sandbox.hook('claude', payload('PostToolUse', { tool_use_id: 't' }), { env });
    expect([run.code, run.stdout]).toStrictEqual([0, '']);
    expect(run.tookMs).toBeLessThan(15_000);
    const names = fs.readdirSync(sandbox.at('.moda/queue')).filter((name) => name.endsWith('.json'));
    expect(names).toHaveLength(1);
    const queued = JSON.parse(sandbox.read(`.moda/queue/${names[0]}`));
    expect(JSON.parse(queued.body)).toMatchObject({ tool_use_id: 't', snapshot_skipped: 'too slow' });
    expect(peer.requests).toHaveLength(0);
  });

  it('survives a server that speaks something else, or hangs up', async () => {
    for (const reply of ['SSH-2.0-x\r\n'.repeat(200), '']) {
      const odd = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.end(reply);
      });
      await new Promise<void>((resolve) => {
        odd.listen(0, '127.0.0.1', resolve);
      });
      sandbox.saveConfig(`http://127.0.0.1:${(odd.address() as AddressInfo).port}`, KEY);
      expect((await hook('claude', payload('Notification'))).code).toBe(0);
      odd.close();
    }
    expect(queued()).toHaveLength(2);
  });

  it('speaks TLS to a server whose certificate is trusted, and keeps the payload from one whose is not', async () => {
    const at = (name: string): string => path.join(FIXTURES, name);
    const received: string[] = [];
    const secure = https.createServer(
      { key: fs.readFileSync(at('localhost.key.pem')), cert: fs.readFileSync(at('localhost.cert.pem')) },
      (request, response) => {
        received.push(`${request.headers.authorization} ${request.url}`);
        request.resume().on('end', () => response.end('{}'));
      },
    );
    await new Promise<void>((resolve) => {
      secure.listen(0, '127.0.0.1', resolve);
    });
    sandbox.saveConfig(`https://localhost:${(secure.address() as AddressInfo).port}`, KEY);
    await hook('claude', payload('Stop'));
    expect([received.length, queued().length]).toStrictEqual([0, 1]);
    fs.rmSync(sandbox.at('.moda/queue'), { recursive: true });
    await hook('claude', payload('Stop'), { env: { NODE_EXTRA_CA_CERTS: at('localhost.cert.pem') } });
    expect(received).toStrictEqual([`Bearer ${KEY} /v1/otel/claude/hooks`]);
    secure.close();
  });

  it('drops the oldest of a full queue', async () => {
    sandbox.saveConfig('http://127.0.0.1:1', KEY);
    const directory = sandbox.at('.moda/queue');
    fs.mkdirSync(directory, { recursive: true });
    for (let index = 0; index < 1000; index += 1) {
      fs.writeFileSync(path.join(directory, `${String(index).padStart(14, '0')}-x.json`), '{}');
    }
    await hook('claude', payload('Notification'));
    expect(queued()).toHaveLength(1000);
    expect(queued()).not.toContain('00000000000000-x.json');
  });

  it('drops what has waited for more than seven days when something new waits', async () => {
    sandbox.saveConfig('http://127.0.0.1:1', KEY);
    await hook('claude', payload('Notification'));
    const [old = ''] = queued();
    await hook('claude', payload('Notification'));
    expect(queued()).toContain(old);
    const eightDaysAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
    fs.utimesSync(sandbox.at('.moda/queue', old), eightDaysAgo, eightDaysAgo);
    await hook('claude', payload('Notification'));
    expect(queued()).toHaveLength(2);
    expect(queued()).not.toContain(old);
  });

  it('does not give a saved key to another server that the environment names', async () => {
    sandbox.saveConfig('http://127.0.0.1:1', KEY);
    await hook('claude', payload('Stop'), { env: { MODA_ENDPOINT: 'http://evil.example' } });
    expect(queued()).toHaveLength(1);
    await hook('claude', payload('Stop'), { env: { MODA_ENDPOINT: peer.url } });
    expect(peer.requests).toHaveLength(1);
  });
});

describe('a machine that is not as it should be', () => {
  it('loses no event of a home in which nothing can be written; only a stop then ends no session', async () => {
    fs.writeFileSync(sandbox.at('.moda/state'), 'a file where the folder should be');
    for (const event of ['SessionStart', 'Stop', 'SessionEnd']) {
      await hook('claude', payload(event));
      await hook('codex', payload(event));
    }
    await hook('cursor', payload('stop'));
    const arrived = peer.requests.map(({ url, body }) => `${url} ${JSON.parse(body).hook_event_name}`).sort();
    expect(arrived).toStrictEqual([
      '/v1/otel/claude/hooks SessionEnd',
      '/v1/otel/claude/hooks SessionStart',
      '/v1/otel/claude/hooks Stop',
      '/v1/otel/codex/hooks SessionEnd',
      '/v1/otel/codex/hooks SessionStart',
      '/v1/otel/codex/hooks Stop',
      '/v1/otel/cursor/hooks stop',
      '/v1/sessions/end SessionEnd',
      '/v1/sessions/end SessionEnd',
    ]);
  });

  it('sends the event of a working directory that cannot be looked at', async () => {
    fs.symlinkSync('loop', path.join(sandbox.work, 'loop'));
    const directories = [path.join(sandbox.work, 'loop'), path.join(sandbox.work, 'x'.repeat(300)), '/a\u0000b'];
    for (const cwd of directories) await sandbox.hook('claude', payload('PreToolUse', { cwd }));
    const arrived = peer.sent('/v1/otel/claude/hooks');
    expect(arrived.map((body) => [body['cwd'], body['snapshot_skipped']])).toStrictEqual(
      directories.map((cwd) => [cwd, 'no directory']),
    );
  });
});

describe('the end of a session', () => {
  it('[G57] posts one session_end signal with the id and time of the hook’s row and no credential', async () => {
    makeRepository();
    await sandbox.hook('claude', payload('SessionStart'));
    await sandbox.hook('claude', payload('SessionEnd', { reason: 'other' }));
    const [hook] = peer.sent('/v1/otel/claude/hooks').filter((body) => body['hook_event_name'] === 'SessionEnd');
    const [signal, ...more] = peer.sent('/v1/sessions/end');
    expect(more).toHaveLength(0);
    expect(signal).toMatchObject({
      signal: 'session_end',
      provider: 'claude_code',
      session_id: 's-1',
      event_id: hook?.['event_id'],
      timestamp: hook?.['timestamp'],
      snapshot_commit: hook?.['snapshot_commit'],
      snapshot_tree: hook?.['snapshot_tree'],
      reason: 'other',
    });
    expect(signal?.['shadow_ref']).toMatch(/^refs\/moda\/s-1\/\d+$/);
    expect(JSON.stringify(signal)).not.toContain(KEY);
    expect(Object.keys(signal ?? {})).not.toContain('authorization');
  });

  it('[G57] repeats the same identity for the same end, and takes a new one after a resume', async () => {
    const ids: unknown[] = [];
    for (const event of ['SessionStart', 'SessionEnd', 'SessionEnd', 'SessionStart', 'SessionEnd']) {
      await hook('claude', payload(event));
    }
    for (const { event_id, timestamp } of peer.sent('/v1/sessions/end')) ids.push(`${event_id} ${timestamp}`);
    expect(ids).toHaveLength(3);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[1]);
  });

  it('[G57] posts it at stop for an agent without a session-end hook, once for the session', async () => {
    for (let turn = 0; turn < 2; turn += 1) await hook('cursor', payload('stop', { status: 'completed' }));
    const signals = peer.sent('/v1/sessions/end');
    expect(signals).toHaveLength(2);
    expect(new Set(signals.map((signal) => `${signal['event_id']} ${signal['timestamp']}`)).size).toBe(1);
    const stops = peer.sent('/v1/otel/cursor/hooks').map((body) => body['event_id']);
    expect(new Set([...stops, signals[0]?.['event_id']]).size).toBe(3);
  });

  it('leaves the stop of an agent that has shown its session-end hook alone', async () => {
    await hook('codex', payload('SessionStart', { session_id: 'first' }));
    await hook('codex', payload('SessionEnd', { session_id: 'first' }));
    await hook('codex', payload('SessionStart', { session_id: 'second' }));
    await hook('codex', payload('Stop', { session_id: 'second' }));
    expect(peer.sent('/v1/sessions/end').map((signal) => signal['session_id'])).toStrictEqual(['first']);
  });
});

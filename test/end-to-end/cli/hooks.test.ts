import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox, until } from '../../unit/cli/sandbox.ts';
import { KEY, type RunningServer, runServer } from '../support/server.ts';

const CAPTURES = fileURLToPath(new URL('../../golden/captures/', import.meta.url));

let server: RunningServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await runServer();
  sandbox = new Sandbox();
  sandbox.saveConfig(server.url, KEY);
  const git = (...args: string[]): void => {
    execFileSync('git', args, { cwd: sandbox.work, env: { PATH: process.env['PATH'] ?? '', HOME: sandbox.home } });
  };
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', 'git@github.example:acme/web.git');
  fs.writeFileSync(path.join(sandbox.work, 'a.txt'), 'one\n');
});
afterAll(async () => {
  await server.stop();
  await sandbox.remove();
});

type Row = Record<string, string>;

/** Rows of a session, merged as readers see them, once there are at least `count`. */
async function rowsOf(session: string, count: number): Promise<Row[]> {
  const query = `SELECT *, hex(event_id) AS id FROM coding_agent_events FINAL
    WHERE session_id = {session:String} ORDER BY timestamp, event_name`;
  let rows: Row[] = [];
  const deadline = Date.now() + 45_000;
  while (rows.length < count && Date.now() < deadline) rows = await server.sql<Row>(query, { session });
  return rows;
}

/** One session of an agent, event by event, with a file edited in between. */
async function runSession(agent: string, session: string, events: readonly Record<string, unknown>[]): Promise<void> {
  for (const [index, event] of events.entries()) {
    fs.writeFileSync(path.join(sandbox.work, 'a.txt'), `${session} ${index}\n`);
    const payload = { session_id: session, cwd: sandbox.work, ...event };
    expect((await sandbox.hook(agent, payload)).code).toBe(0);
  }
}

describe('moda hook against the running server', () => {
  it('[G56] gives each prompt and tool call a snapshot on its own row', async () => {
    const call = { prompt_id: 'p-1', tool_use_id: 'toolu_1', tool_name: 'Bash', tool_input: { command: 'ls' } };
    await runSession('claude', 'g56', [
      { hook_event_name: 'SessionStart', source: 'startup' },
      { hook_event_name: 'UserPromptSubmit', prompt_id: 'p-1', prompt: 'list the files' },
      { hook_event_name: 'PreToolUse', ...call },
      { hook_event_name: 'PostToolUse', ...call, tool_response: { stdout: 'a.txt' }, duration_ms: 5 },
    ]);
    const rows = await rowsOf('g56', 4);
    expect(rows.map((row) => [row['event_type'], row['repo'], row['branch']])).toStrictEqual([
      ['session_start', 'acme/web', 'main'],
      ['user_prompt', 'acme/web', 'main'],
      ['tool_start', 'acme/web', 'main'],
      ['tool_result', 'acme/web', 'main'],
    ]);
    expect(new Set(rows.map((row) => row['snapshot_tree'])).size).toBe(4);
    for (const row of rows) expect(row['snapshot_commit']).toMatch(/^[0-9a-f]{40}$/);
    const list = await sandbox.run(['snapshots', 'list', '--json']);
    const records = list.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const own = records.filter((record) => record.session === 'g56');
    expect(own.map((record) => record.commit)).toStrictEqual(rows.map((row) => row['snapshot_commit']));
    expect(own[3].ids).toMatchObject({ tool_use_id: 'toolu_1', prompt_id: 'p-1' });
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: sandbox.work, encoding: 'utf8' })).toBe('?? a.txt\n');
  });

  it('[G57] leaves one session_end row with the final snapshot, however often the end is said', async () => {
    const end = { hook_event_name: 'SessionEnd', reason: 'other' };
    for (const agent of ['claude', 'codex']) {
      await runSession(agent, `g57-${agent}`, [{ hook_event_name: 'SessionStart' }, end, end]);
      const rows = await rowsOf(`g57-${agent}`, 2);
      const ends = rows.filter((row) => row['event_type'] === 'session_end');
      expect(ends).toHaveLength(1);
      expect(ends[0]?.['snapshot_commit']).toMatch(/^[0-9a-f]{40}$/);
      expect(ends[0]?.['provider']).toBe(agent === 'claude' ? 'claude_code' : 'codex');
    }
    const raw = await server.sql<Row>(`SELECT raw_event FROM events_raw WHERE raw_event LIKE '%session_end%'`);
    expect(raw.length).toBeGreaterThanOrEqual(2);
    for (const { raw_event } of raw) expect(raw_event).not.toContain(KEY);
  });

  it('[G57] ends the session of an agent without a session-end hook at its stop, once', async () => {
    const stop = { hook_event_name: 'stop', conversation_id: 'g57-cursor', status: 'completed' };
    await runSession('cursor', 'g57-cursor', [stop, stop]);
    const rows = await rowsOf('g57-cursor', 3);
    expect(rows.map((row) => row['event_type']).sort()).toStrictEqual(['session_end', 'turn_end', 'turn_end']);
  });

  it('stores real payloads of all three agents under their own names', async () => {
    for (const [agent, file, session] of [
      ['claude', 'claude/hooks.UserPromptSubmit.json', 'f9c5102e-cdd3-41fb-bec5-ab5cb4014083'],
      ['codex', 'codex/hooks.PostToolUse.json', '01a20318-a689-7df3-92b2-4cd5e1b4bb67'],
    ] as const) {
      await sandbox.hook(agent, fs.readFileSync(path.join(CAPTURES, file), 'utf8'));
      const [row] = await rowsOf(session, 1);
      expect(row?.['provider']).toBe(agent === 'claude' ? 'claude_code' : 'codex');
      expect(row?.['prompt_text']).toBe('');
    }
  });

  it('a retried event is one row: the queue sends it again with the same id', async () => {
    sandbox.saveConfig('http://127.0.0.1:1', KEY);
    await runSession('claude', 'retried', [{ hook_event_name: 'Stop' }]);
    const [name] = fs.readdirSync(sandbox.at('.moda/queue')).filter((file) => file.endsWith('.json'));
    const { route, body } = JSON.parse(sandbox.read(`.moda/queue/${name}`));
    await server.send(route, body);
    sandbox.saveConfig(server.url, KEY);
    await sandbox.hook('claude', { session_id: 'other', cwd: sandbox.work, hook_event_name: 'Notification' });
    await until(() => fs.readdirSync(sandbox.at('.moda/queue')).length === 0);
    await rowsOf('other', 1);
    expect(await rowsOf('retried', 1)).toHaveLength(1);
  });
});

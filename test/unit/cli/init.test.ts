import fs from 'node:fs';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askApiKey, askConsent, type Terminal } from '../../../src/cli/init-questions.ts';
import { type Answer, knowsKey, type Peer, type RecordedRequest, Sandbox, startPeer } from './sandbox.ts';

const KEY = 'moda_sk_init';
const SETTINGS = ['.claude/settings.json', '.codex/hooks.json', '.codex/config.toml', '.cursor/hooks.json'];

let sandbox: Sandbox;
let peer: Peer;
let answer: (request: RecordedRequest) => Answer | undefined;

beforeEach(async () => {
  sandbox = new Sandbox();
  answer = knowsKey(KEY);
  peer = await startPeer((request) => answer(request));
});
afterEach(async () => {
  await peer.close();
  await sandbox.remove();
});

function init(...args: string[]) {
  return sandbox.run(['init', `--endpoint=${peer.url}`, ...args]);
}

function installed(): string[] {
  return SETTINGS.filter((file) => fs.existsSync(sandbox.at(file)));
}

describe('moda init', () => {
  it('[F45] checks the key, saves it privately, and does not ask again on a re-run', async () => {
    const first = await init('--yes', `--api-key=${KEY}`);
    expect(first.code).toBe(0);
    expect(JSON.parse(sandbox.read('.moda/config.json'))).toStrictEqual({ api_key: KEY, endpoint: peer.url });
    expect([sandbox.mode('.moda/config.json'), sandbox.mode('.moda')]).toStrictEqual([0o600, 0o700]);
    const before = sandbox.read('.moda/config.json');
    expect((await sandbox.run(['init', '--yes'])).code).toBe(0);
    expect(sandbox.read('.moda/config.json')).toBe(before);
    expect(peer.requests.filter(({ url }) => url === '/v1/whoami')).toHaveLength(2);
  });

  it('[F45] takes the key from flag, environment and file in that order', async () => {
    sandbox.saveConfig(peer.url, 'moda_sk_file');
    const used = async (args: string[], env: Record<string, string>): Promise<string | undefined> => {
      peer.requests.length = 0;
      await sandbox.run(['init', '--no-coding-agent-traces', ...args], { env });
      return peer.requests[0]?.headers.authorization;
    };
    answer = () => ({ status: 401 });
    expect(await used(['--api-key=moda_sk_flag'], { MODA_API_KEY: 'moda_sk_env' })).toBe('Bearer moda_sk_flag');
    expect(await used([], { MODA_API_KEY: 'moda_sk_env' })).toBe('Bearer moda_sk_env');
    expect(await used([], {})).toBe('Bearer moda_sk_file');
  });

  it('[F46] touches no agent’s file without consent', async () => {
    const run = await init('--no-coding-agent-traces', `--api-key=${KEY}`);
    expect([run.code, installed()]).toStrictEqual([0, []]);
    expect(run.stdout).toContain('no agent was wired up');
  });

  it('[F47] with --yes asks nothing, installs for all, and says that prompt text will be sent', async () => {
    const run = await init('--yes', `--api-key=${KEY}`);
    expect(installed()).toStrictEqual(SETTINGS);
    expect(run.stdout).toMatch(/Claude Code's prompt text will be sent/);
    expect(run.stdout).toContain('moda doctor');
    expect(run.stdout + run.stderr).not.toContain(KEY);
  });

  it('fails with one line where there is no terminal to ask on, before anything is sent or written', async () => {
    const run = await init(`--api-key=${KEY}`);
    expect([run.code, run.stderr.trim().split('\n').length]).toStrictEqual([6, 1]);
    expect([peer.requests.length, fs.existsSync(sandbox.at('.moda'))]).toStrictEqual([0, false]);
    expect((await init('--yes')).code).toBe(3);
  });

  it('saves nothing and installs nothing when the key is refused or the server is away', async () => {
    expect((await init('--yes', '--api-key=moda_sk_wrong')).code).toBe(3);
    expect((await sandbox.run(['init', '--yes', '--api-key=k', '--endpoint=http://127.0.0.1:1'])).code).toBe(4);
    answer = () => ({ status: 200, body: { hello: 'other' } });
    expect((await init('--yes', `--api-key=${KEY}`)).code).toBe(1);
    expect([installed(), fs.existsSync(sandbox.at('.moda'))]).toStrictEqual([[], false]);
  });

  it('does not carry the key to another host that the server points at', async () => {
    const other = await startPeer();
    answer = () => ({ status: 302, headers: { location: `${other.url}/v1/whoami` } });
    expect((await init('--yes', `--api-key=${KEY}`)).code).toBe(1);
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  it('goes on past one broken settings file and ends with its exit code', async () => {
    sandbox.write('.cursor/hooks.json', '{ broken');
    const run = await init('--yes', `--api-key=${KEY}`);
    expect(run.code).toBe(5);
    expect(run.stderr).toContain('line 1, column 3');
    expect(sandbox.read('.cursor/hooks.json')).toBe('{ broken');
    expect(sandbox.read('.claude/settings.json')).toContain('OTEL_LOGS_EXPORTER');
  });

  it('says of prompts, approval and capture only what holds for the files that were written', async () => {
    sandbox.write('.claude/settings.json', '{ broken');
    sandbox.write('.codex/config.toml', 'a = [1,\n');
    const { code, stdout } = await init('--yes', `--api-key=${KEY}`);
    expect(code).toBe(5);
    expect(stdout).not.toMatch(/prompt text will be sent|log_user_prompt = false/);
    expect(stdout).toContain('Partly done: mend what was left untouched above, then run this again.');
    expect(stdout).toContain('Next: approve the hooks once in Codex');
    sandbox.write('.codex/hooks.json', '{ broken');
    expect((await init('--yes')).stdout).toContain('Next: start a session');
  });

  it('[F54] names variables of the shell that differ from the settings file', async () => {
    const env = { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://stale/v1/logs', OTEL_LOG_USER_PROMPTS: '1' };
    const run = await sandbox.run(['init', '--yes', `--api-key=${KEY}`, `--endpoint=${peer.url}`], { env });
    expect(run.stdout).toContain('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT differs');
    expect(run.stdout).not.toContain('OTEL_LOG_USER_PROMPTS differs');
    expect(run.stdout).not.toContain('http://stale');
  });

  it('[H63] pulls the skills, and finishes when the server has none to give', async () => {
    const skill = {
      id: 'use-pnpm',
      name: 'use-pnpm',
      description: 'd',
      status: 'approved',
      version: 1,
      skill_md: '# pnpm\n',
      cursor_mdc: '---\n---\n',
    };
    answer = (request) =>
      request.url.startsWith('/v1/skills?') ? { body: { skills: [skill] } } : knowsKey(KEY)(request);
    await init('--yes', `--api-key=${KEY}`);
    expect(fs.readFileSync(`${sandbox.work}/.claude/skills/use-pnpm/SKILL.md`, 'utf8')).toBe('# pnpm\n');
    answer = (request) => (request.url.startsWith('/v1/skills?') ? { status: 503 } : knowsKey(KEY)(request));
    expect((await init('--yes', `--api-key=${KEY}`)).code).toBe(0);
  });
});

describe('its questions', () => {
  /** A terminal made of streams; what is typed is not sent before the prompt listens. */
  function terminal(): { terminal: Terminal; shown: () => string; type: (keys: string) => void } {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
    let shown = '';
    output.on('data', (chunk) => {
      shown += String(chunk);
    });
    return { terminal: { input, output }, shown: () => shown, type: (keys) => input.write(keys) };
  }

  it('takes a key without showing it', async () => {
    const { terminal: asked, shown, type } = terminal();
    const answered = askApiKey(asked, 'http://h');
    await new Promise((resolve) => setImmediate(resolve));
    type(KEY);
    type('\r');
    expect(await answered).toBe(KEY);
    expect(shown()).toContain('API key for http://h');
    expect(shown()).not.toContain(KEY);
  });

  it('takes a plain return as yes and n as no', async () => {
    for (const [keys, expected] of [
      ['\r', true],
      ['n', false],
    ] as const) {
      const { terminal: asked, type } = terminal();
      const answered = askConsent(asked);
      await new Promise((resolve) => setImmediate(resolve));
      type(keys);
      expect(await answered).toBe(expected);
    }
  });

  it('ends with a cancellation on Ctrl-C', async () => {
    const { terminal: asked, type } = terminal();
    const answered = askConsent(asked);
    await new Promise((resolve) => setImmediate(resolve));
    type('\u0003');
    await expect(answered).rejects.toMatchObject({ exit: 'CANCELLED' });
  });
});

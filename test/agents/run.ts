/**
 * Drives the real Claude Code and Codex against the running server: installs them from npm into a temporary folder, wires
 * them up with `moda init`, lets each run one scripted turn against a stand-in for its model API, and looks for the rows.
 * Not part of `npm test`: `node test/agents/run.ts [--claude=2.1.330] [--codex=0.169.0] [--installed=DIRECTORY]`.
 * Loopback only, an empty environment, a home directory of its own, and keys that are none.
 */

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { KEY, type RunningServer, runServer } from '../end-to-end/support/server.ts';
import { startMessagesApi } from './messages-api.ts';
import { startResponsesApi } from './responses-api.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const AGENT_MS_MAX = 180_000;
const ROWS_MS_MAX = 60_000;

const { values: flags } = parseArgs({
  options: {
    claude: { type: 'string', default: '2.1.330' },
    codex: { type: 'string', default: '0.169.0' },
    /** A folder with both packages already in it. */
    installed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'moda-agents-')));
const home = path.join(root, 'home');
const work = path.join(root, 'work');
const failures: string[] = [];

await main();

async function main(): Promise<void> {
  fs.mkdirSync(home);
  makeRepository();
  const packages = flags.installed ?? installAgents();
  const bins = path.join(packages, 'node_modules', '.bin');
  const server = await runServer({ MODA_WORKERS: '1' });
  try {
    const moda = buildCommandLine();
    await runClaude(server, moda, bins);
    await runCodex(server, moda, bins);
    const doctor = await run(process.execPath, [moda, 'doctor'], { PATH: `${bins}:${systemPath()}` });
    process.stdout.write(`\n${doctor.output}\n`);
    check('moda doctor finds everything working', doctor.code === 0);
  } finally {
    await server.stop();
    if (flags.keep) process.stdout.write(`kept: ${root}\n`);
    else fs.rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
  process.stdout.write(failures.length === 0 ? '\nall checks passed\n' : `\n${failures.length} checks failed\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

function installAgents(): string {
  const directory = path.join(root, 'agents');
  fs.mkdirSync(directory);
  fs.writeFileSync(path.join(directory, 'package.json'), '{"private":true}');
  const platform = `${process.platform}-${process.arch}`;
  const wanted = [
    `@anthropic-ai/claude-code@${flags.claude}`,
    `@anthropic-ai/claude-code-${platform}@${flags.claude}`,
    `@openai/codex@${flags.codex}`,
  ];
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...wanted], {
    cwd: directory,
    stdio: 'inherit',
  });
  return directory;
}

/** The command line as its package: compiled, run by this Node. */
function buildCommandLine(): string {
  const out = path.join(root, 'dist');
  execFileSync(process.execPath, [path.join(ROOT, 'deploy/build.ts'), '--cli', `--out=${out}`], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  return path.join(out, 'cli', 'main.cjs');
}

function makeRepository(): void {
  fs.mkdirSync(work);
  const git = (...args: string[]): void => {
    execFileSync('git', args, { cwd: work, env: { PATH: systemPath(), HOME: home } });
  };
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', 'https://github.example/acme/web.git');
  fs.writeFileSync(path.join(work, 'a.txt'), 'one\n');
}

async function init(server: RunningServer, moda: string, bins: string): Promise<void> {
  const args = [moda, 'init', '--yes', `--endpoint=${server.url}`, `--api-key=${KEY}`];
  const { code, output } = await run(process.execPath, args, { PATH: `${bins}:${systemPath()}` });
  if (code !== 0) throw new Error(`moda init ended with ${code}\n${output}`);
}

async function runClaude(server: RunningServer, moda: string, bins: string): Promise<void> {
  await init(server, moda, bins);
  const api = await startMessagesApi('echo hello > from-claude.txt && cat from-claude.txt');
  const program = nativeClaude(path.dirname(bins)) ?? path.join(bins, 'claude');
  const env = {
    PATH: systemPath(),
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_API_KEY: 'sk-ant-not-a-key',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    MODA_HOOK_DEBUG: '1',
  };
  const { code, output } = await run(program, ['-p', 'Please run echo hello', '--allowedTools', 'Bash'], env);
  api.close();
  process.stdout.write(`\nClaude Code ${version(program)}: exit ${code}, ${output.trim()}\n`);
  check('Claude Code ran its turn', code === 0 && output.includes('hello'));
  await checkRows(server, 'claude_code', 'Bash');
  const prompts = `SELECT prompt_text FROM coding_agent_events FINAL WHERE provider = 'claude_code' AND event_type = 'user_prompt' AND signal = 'logs'`;
  const [prompt] = await server.sql<Record<string, string>>(prompts);
  check(
    'claude_code: the prompt that was opted in by OTEL_LOG_USER_PROMPTS is stored',
    prompt?.['prompt_text'] === 'Please run echo hello',
  );
}

async function runCodex(server: RunningServer, moda: string, bins: string): Promise<void> {
  const api = await startResponsesApi('echo hello > from-codex.txt && cat from-codex.txt');
  const config = path.join(home, '.codex', 'config.toml');
  fs.writeFileSync(config, `${codexConfig(api.url)}\n${fs.readFileSync(config, 'utf8')}`);
  await init(server, moda, bins);
  const program = path.join(bins, 'codex');
  const env = { PATH: systemPath(), FAKE_KEY: 'not-a-key', MODA_HOOK_DEBUG: '1' };
  const args = ['exec', '--skip-git-repo-check', '--dangerously-bypass-hook-trust', 'Please run echo hello'];
  const { code, output } = await run(program, args, env);
  api.close();
  process.stdout.write(
    `\nCodex ${version(program)}: exit ${code}\n${output.trim().split('\n').slice(-4).join('\n')}\n`,
  );
  check('Codex ran its turn', code === 0 && output.includes('hello'));
  check('Codex accepts hooks.json without a warning', !/unknown field|failed to (?:load|parse)/i.test(output));
  await checkRows(server, 'codex', 'Bash');
}

/** The user's own part of config.toml; `moda init` has to leave it as it is. */
function codexConfig(baseUrl: string): string {
  return `# mine
model = "gpt-5.1-codex" # the user's
model_provider = "standin"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.standin]
name = "standin"
base_url = "${baseUrl}"
wire_api = "responses"
env_key = "FAKE_KEY"
requires_openai_auth = false
supports_websockets = false
`;
}

/** Every signal of the run must be in the tables: logs, traces, metrics, hooks, snapshots, the session's end. */
async function checkRows(server: RunningServer, provider: string, tool: string): Promise<void> {
  const ends = `SELECT count() AS n FROM coding_agent_events FINAL WHERE provider = {provider:String} AND event_type = 'session_end'`;
  await waitFor(async () => (await count(server, ends, provider)) > 0);
  for (const signal of ['logs', 'traces', 'metrics', 'hooks']) {
    const raw = `SELECT count() AS n FROM events_raw WHERE provider = {provider:String} AND signal = '${signal}' AND http_status = 200`;
    await waitFor(async () => (await count(server, raw, provider)) > 0);
    const rows = `SELECT count() AS n FROM coding_agent_events FINAL WHERE provider = {provider:String} AND signal = '${signal}'`;
    const found = [await count(server, raw, provider), await count(server, rows, provider)] as const;
    check(
      `${provider}: ${signal}: ${found[0]} requests, ${found[1]} rows`,
      found[0] > 0 && (signal === 'metrics' || found[1] > 0),
    );
  }
  const events = `SELECT groupUniqArray(event_name) AS names FROM coding_agent_events FINAL WHERE provider = {provider:String} AND signal = 'hooks'`;
  const [hooks] = await server.sql<{ names: string[] }>(events, { provider });
  for (const event of ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'Stop', 'SessionEnd']) {
    check(`${provider}: hook ${event}`, hooks?.names.includes(event) === true);
  }
  const snapshots = `SELECT uniqExact(snapshot_tree) AS n FROM coding_agent_events FINAL WHERE provider = {provider:String} AND snapshot_commit != '' AND tool_name IN ('${tool}', '')`;
  check(`${provider}: snapshots before and after the tool call`, (await count(server, snapshots, provider)) >= 2);
  check(`${provider}: one session_end row`, (await count(server, ends, provider)) === 1);
  const call = `SELECT count() AS n FROM tool_calls WHERE provider = {provider:String}`;
  check(`${provider}: the tool call is one row of the view tool_calls`, (await count(server, call, provider)) === 1);
  const refused = `SELECT count() AS n FROM events_raw WHERE provider = {provider:String} AND http_status != 200`;
  check(`${provider}: no request was refused`, (await count(server, refused, provider)) === 0);
}

async function count(server: RunningServer, query: string, provider: string): Promise<number> {
  const [row] = await server.sql<{ n: string }>(query, { provider });
  return Number(row?.n ?? 0);
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + ROWS_MS_MAX;
  while (!(await condition()) && Date.now() < deadline) {
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
  }
}

/** Nothing of this process's environment reaches an agent. */
function run(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: work,
      env: { HOME: home, TERM: 'xterm-256color', LANG: 'C.UTF-8', NO_PROXY: '127.0.0.1', TMPDIR: root, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: AGENT_MS_MAX,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The program of the platform package, for releases whose launcher wants a newer Node than there is. */
function nativeClaude(modules: string): string | undefined {
  const program = path.join(modules, '@anthropic-ai', `claude-code-${process.platform}-${process.arch}`, 'claude');
  return fs.existsSync(program) ? program : undefined;
}

function version(program: string): string {
  return execFileSync(program, ['--version'], { encoding: 'utf8', env: { HOME: home, PATH: systemPath() } }).trim();
}

/** Node's own folder first: launchers written in JavaScript find this Node. */
function systemPath(): string {
  return `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
}

function check(what: string, isTrue: boolean): void {
  process.stdout.write(`${isTrue ? 'ok  ' : 'FAIL'} ${what}\n`);
  if (!isTrue) failures.push(what);
}

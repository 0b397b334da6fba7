/** The dry run as a command: what it prints for each type of body, where it says that something fired, and how it fails. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { markerPlaces } from '../../../src/privacy/marker-places.ts';
import { requestType } from '../decode/otlp-oracle.ts';

const COMMAND = new URL('../../../src/privacy/redact-command.ts', import.meta.url).pathname;
const CAPTURES = new URL('../../golden/captures/', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'redact-'));

function start(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env['PATH'], ...env },
  });
}

function run(name: string, body: Uint8Array, env: Record<string, string> = {}) {
  const file = join(directory, name);
  writeFileSync(file, body);
  return start([file], env);
}

const HOOK = Buffer.from(
  JSON.stringify({
    hook_event_name: 'PostToolUse',
    tool_name: 'Bash',
    tool_input: { command: 'deploy --token zQ8fK2mVt4LpX9rB', prompt: 'be quick' },
    tool_response: { stdout: 'all good' },
  }),
);

describe('npm run redact', () => {
  it('prints what would be stored, and each place where something fired', () => {
    const { stdout, stderr, status } = run('claude.hooks.json', HOOK);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toStrictEqual({
      hook_event_name: 'PostToolUse',
      tool_name: 'Bash',
      tool_input: { command: 'deploy --token [REDACTED:assigned-secret]', prompt: '[SUPPRESSED:prompt:8]' },
      tool_response: { stdout: '[SUPPRESSED:output:8]' },
    });
    expect(stderr.trim().split('\n')).toStrictEqual([
      '[REDACTED:assigned-secret]  tool_input.command',
      '[SUPPRESSED:prompt:8]  tool_input.prompt',
      '[SUPPRESSED:output:8]  tool_response.stdout',
      'assigned-secret: 1',
    ]);
  });

  it('says so where it had to guess the agent, whose rule decides over prompts', () => {
    const attributes = [
      { key: 'event.name', value: { stringValue: 'codex.user_prompt' } },
      { key: 'prompt', value: { stringValue: 'be quick' } },
    ];
    const body = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] }));
    const guessed = run('body.json', body);
    expect(guessed.stdout).toContain('be quick');
    expect(guessed.stderr).toBe("read as claude's; --agent names another agent\n");
    const named = start([join(directory, 'body.json'), '--agent', 'codex']);
    expect(named.stdout).toContain('[SUPPRESSED:prompt:8]');
    expect(named.stderr).not.toContain('--agent');
  });

  it('follows the settings and reads gzip', () => {
    const { stdout } = run('claude.hooks.gz', gzipSync(HOOK), { CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: 'true' });
    expect(stdout).toContain('all good');
    expect(stdout).not.toContain('be quick');
  });

  it.each([
    ['claude/logs.tool-run.binpb', '"resourceLogs"'],
    ['claude/logs.tool-run.json', '"resourceLogs"'],
    ['claude/metrics.gzip.binpb.gz', '"resourceMetrics"'],
    ['codex/traces.mcp.2.json', '"resourceSpans"'],
    ['cursor/cursor.native.logs.binpb', '"resourceLogs"'],
    ['claude/hooks.PostToolUse.Bash.json', '"hook_event_name"'],
  ])('reads %s', (name, part) => {
    const { stdout, status } = start([join(CAPTURES, name)]);
    expect([status, stdout]).toStrictEqual([0, expect.stringContaining(part)]);
    expect(() => JSON.parse(stdout)).not.toThrow();
  });

  it('takes a protobuf body whose first length looks like a bracket for protobuf', () => {
    const type = requestType('logs');
    const bodyOf = (padding: number): Uint8Array =>
      type.encode(type.fromObject({ resourceLogs: [{ schemaUrl: 'x'.repeat(padding) }] })).finish();
    const body = bodyOf('{'.charCodeAt(0) - 2);
    expect([...body.subarray(0, 2)]).toStrictEqual([0x0a, 0x7b]);
    expect(run('codex.logs.binpb', body).stdout).toContain('xxxx');
    expect(run('codex.logs.json', Buffer.from('\n{"resourceLogs":[]}')).status).toBe(0);
  });

  it('prints a list of hooks as a list', () => {
    const { stdout } = run('cursor.hooks.json', Buffer.from(`[${HOOK},${HOOK}]`));
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  it('tells the signal from a JSON body where the name does not, and never from a folder’s name', () => {
    const folder = join(directory, 'codex-logs');
    mkdirSync(folder);
    for (const [body, part] of [
      [HOOK, '[SUPPRESSED:output:8]'],
      [Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"e"}]}]}]}'), '"eventName":"e"'],
      [Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s"}]}]}]}'), '"name":"s"'],
      [Buffer.from('{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"}]}]}]}'), '"name":"m"'],
    ] as const) {
      const { stdout, status } = run('codex-logs/body.json', body);
      expect([status, stdout]).toStrictEqual([0, expect.stringContaining(part)]);
    }
  });

  it('follows the rules file', () => {
    const rules = join(directory, 'rules.json');
    writeFileSync(
      rules,
      JSON.stringify({
        rules: [{ id: 'acme-key', pattern: 'quick', sample: 'quick' }],
        allow: ['zQ8fK2mVt4LpX9rB'],
      }),
    );
    const { stdout, stderr } = run('claude.hooks.json', HOOK, {
      MODA_REDACTION_RULES_FILE: rules,
      CODING_AGENT_CAPTURE_PROMPTS: '1',
    });
    expect(stdout).toContain('be [REDACTED:acme-key]');
    expect(stdout).toContain('zQ8fK2mVt4LpX9rB');
    expect(stderr).toContain('acme-key: 1');
  });

  it.each([
    ['a body that ends early', 'claude.hooks.json', Buffer.from('{"token": "zQ8fK2mVt4LpX9rB'), 'not valid JSON'],
    ['a body of another signal', 'claude.logs.json', Buffer.from('{"resourceSpans":[{"x":"zQ8fK2"}]}'), 'traces'],
    ['protobuf that is none', 'claude.logs.binpb', Buffer.from('zQ8fK2mVt4LpX9rB'), 'offset'],
    ['gzip that is damaged', 'claude.hooks.gz', gzipSync(HOOK).subarray(0, 40), 'damaged'],
    ['neither name nor text tells the signal', 'body.binpb', Buffer.from('\n\u0000zQ8fK2mVt'), 'add --signal logs|'],
  ])('ends with 2 and one line without payload: %s', (_name, name, body, part) => {
    const { stdout, stderr, status } = run(name, body);
    expect([status, stdout]).toStrictEqual([2, '']);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(part);
    expect(stderr).not.toContain('zQ8f');
  });

  it.each([
    [['/nowhere/claude.hooks.json'], {}, 'cannot read /nowhere/claude.hooks.json: ENOENT'],
    [[tmpdir(), '--signal', 'logs'], {}, 'EISDIR'],
    [['x.logs.json', '--agent', 'emacs'], {}, 'usage: npm run redact'],
    [['x.logs.json', '--agent', 'toString'], {}, 'usage: npm run redact'],
    [['x.logs.json', '--colour'], {}, 'usage: npm run redact'],
    [[], {}, 'usage: npm run redact'],
    [['x.logs.json'], { MODA_REDACTION_RULES_FILE: '/nowhere/rules.json' }, 'MODA_REDACTION_RULES_FILE'],
  ])('ends with 2 for %j', (args, env, part) => {
    const { stdout, stderr, status } = start(args, env);
    expect([status, stdout, stderr]).toStrictEqual([2, '', expect.stringContaining(part)]);
    expect(stderr).not.toContain('    at ');
  });

  it('names every problem of a rules file and never a sample', () => {
    const rules = join(directory, 'bad-rules.json');
    const slow = { id: 'slow', pattern: '(a+)+b', sample: 'aaab' };
    const silent = { id: 'silent', pattern: 'acme_[0-9]{8}', sample: 'acme_12' };
    writeFileSync(rules, JSON.stringify({ rules: [slow, silent, { ...slow, id: 'Bad Id' }] }));
    const { stderr, status } = run('claude.hooks.json', HOOK, { MODA_REDACTION_RULES_FILE: rules });
    expect(status).toBe(2);
    expect(stderr).toContain('rules[0]: pattern repeats a group');
    expect(stderr).toContain('rules[1]: pattern does not match its sample');
    expect(stderr).toContain('rules[2]: id must be');
    expect(stderr).not.toMatch(/acme_12|aaab| {4}at /);
  });

  it('ends quietly when its reader does', () => {
    const file = join(CAPTURES, 'codex/traces.mcp.json');
    const piped = `"${process.execPath}" "${COMMAND}" "${file}" | head -c 20; echo " \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', piped], { encoding: 'utf8' });
    expect(stdout.split(' ').at(-1)).toBe('0\n');
    expect(stderr).not.toContain('EPIPE');
  });
});

describe('markerPlaces', () => {
  it('names attributes, keys and JSON inside strings', () => {
    const document = {
      attributes: [
        { key: 'arguments', value: { stringValue: JSON.stringify({ a: ['[REDACTED:jwt] x [REDACTED:password]'] }) } },
      ],
      'k [REDACTED:x-y]': '[not json [SUPPRESSED:output:12]',
    };
    expect(markerPlaces(document)).toStrictEqual([
      { path: 'attributes[arguments].value.stringValue~.a[0]', marker: '[REDACTED:jwt]' },
      { path: 'attributes[arguments].value.stringValue~.a[0]', marker: '[REDACTED:password]' },
      { path: 'k [REDACTED:x-y] (key)', marker: '[REDACTED:x-y]' },
      { path: 'k [REDACTED:x-y]', marker: '[SUPPRESSED:output:12]' },
    ]);
  });
});

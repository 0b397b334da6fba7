/** The dry run as a command: what it prints for a hook body, and where it says that something fired. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { markerPlaces } from '../../../src/privacy/marker-places.ts';

const COMMAND = new URL('../../../src/privacy/redact-command.ts', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'redact-'));

function run(name: string, body: Uint8Array, env: Record<string, string> = {}) {
  const file = join(directory, name);
  writeFileSync(file, body);
  return spawnSync(process.execPath, [COMMAND, file], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } });
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

  it('follows the settings and reads gzip', () => {
    const { stdout } = run('claude.hooks.gz', gzipSync(HOOK), { CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: 'true' });
    expect(stdout).toContain('all good');
    expect(stdout).not.toContain('be quick');
  });

  it('says what is wrong with a body, and how it is used', () => {
    const broken = run('claude.hooks.json', Buffer.from('{"hook_event_name": '));
    expect([broken.status, broken.stderr]).toStrictEqual([1, expect.stringContaining('not valid JSON')]);
    const nameless = run('body.json', HOOK);
    expect([nameless.status, nameless.stderr]).toStrictEqual([2, expect.stringContaining('usage: npm run redact')]);
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

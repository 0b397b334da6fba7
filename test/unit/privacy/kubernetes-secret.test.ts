/** Manifests of kind Secret: all that they keep is taken out, other manifests stay. */

import { describe, expect, it } from 'vitest';
import { scrub } from './scrubbed.ts';

const WORD = 'c3VtbWVyMjQ=';
const FILE = 'eyJhdXRocyI6eyJyZWdpc3RyeS5leGFtcGxlLm9yZyI6e319fQ==';
const EVERYTHING = { capturePrompts: true, captureOutputs: true };

const keptCommand = (command: string): unknown =>
  scrub('codex', 'hooks', { hook_event_name: 'X', tool_input: { command } }).at('tool_input', 'command');
const keptOutput = (stdout: unknown): string =>
  scrub('codex', 'hooks', { hook_event_name: 'X', tool_response: { stdout } }, EVERYTHING).text;

describe('in YAML', () => {
  const own = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n  labels:\n    tier: web1\ntype: Opaque\ndata:\n  login: ${WORD}\n  .dockerconfigjson: ${FILE}\n`;
  const theirs = `apiVersion: v1\ndata:\n  login: ${WORD}\n  .dockerconfigjson: "${FILE}"\nkind: Secret\nmetadata:\n  creationTimestamp: "2026-11-22T10:00:00Z"\n  uid: 0f8fad5b-d9cb-469f-a165-70867728950e\n`;
  it.each([
    own,
    theirs,
    `cat <<EOF | kubectl apply -f -\n${own}EOF\nkubectl get pods`,
    own.replace('data:', 'stringData:'),
    own.replaceAll('\n', '\r\n'),
    own.replace('Secret', "'Secret'").replace('data:', 'data: # in base64'),
    JSON.stringify(own).slice(0, -1),
    `${own.replace('Secret', 'ConfigMap').replace(WORD, 'one1').replace(FILE, 'two2')}---\n${own}---\n${own.replace('Secret', 'ConfigMap').replace(WORD, 'one1').replace(FILE, 'two2')}`,
    `apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    login: ${WORD}\n    x: ${FILE}\n  kind: Secret\n  metadata:\n    name: app1\n`,
  ])('[D39] %j', (text) => {
    const marked = text
      .replaceAll(WORD, '[REDACTED:kubernetes-secret]')
      .replaceAll(FILE, '[REDACTED:kubernetes-secret]');
    expect(keptCommand(text)).toBe(marked);
  });

  it('[D39] in JSON in a text, of which nothing else goes', () => {
    const yaml = `kind: Secret\ndata:\n  login: ${WORD}\n  x: "${FILE}"\n  y: ${WORD}`;
    const once = JSON.stringify({ yaml, next: 'value-of-another1' }, null, 2);
    for (const json of [once, JSON.stringify(once)]) {
      const marker = '[REDACTED:kubernetes-secret]';
      expect(keptCommand(`log ${json}`)).toBe(`log ${json.replaceAll(WORD, marker).replaceAll(FILE, marker)}`);
    }
  });

  it('[D39] a value of several lines', () => {
    const text = `kind: Secret\nstringData:\n  config: |\n    first: ${FILE}\n    ${WORD}\nmetadata:\n  name: app1\n`;
    expect(keptCommand(text)).not.toMatch(/eyJh|c3Vt/);
    expect(keptCommand(text)).toContain('metadata:\n  name: app1\n');
  });

  it.each([
    own.replace('Secret', 'ConfigMap'),
    own.replace('Secret', 'SecretStore'),
    `${own.replace('Secret', 'ConfigMap')}---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: app1\n`,
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: app1\n  annotations:\n    config.example.org/version: abc123def456\ndata:\n  login: {{ .Values.login | b64enc }}\n',
  ])('[D40] %j stays', (text) => expect(keptCommand(text)).toBe(text));
});

describe('in JSON', () => {
  const manifest = {
    apiVersion: 'v1',
    data: { login: WORD, deep: { x: FILE } },
    kind: 'Secret',
    metadata: { name: 'app1' },
  };

  it.each([manifest, JSON.stringify(manifest, null, 4), { kind: 'List', items: [manifest] }])('[D39] %j', (stdout) => {
    const text = keptOutput(stdout);
    expect(text).not.toContain(WORD);
    expect(text).not.toContain(FILE);
    expect(text).toContain('app1');
  });

  const metadata = { name: 'payments-v2-app1', namespace: 'eu1-prod2' };
  const inline = { ...manifest, data: { login: WORD, x: FILE }, metadata };
  it.each([
    `kubectl apply -f - <<EOF\n${JSON.stringify(inline)}\nEOF`,
    `kubectl apply -f - <<EOF\n${JSON.stringify(inline, null, 2)}\nEOF`,
    `x ${JSON.stringify(JSON.stringify(inline))}`,
    `kubectl patch secret app --type merge -p '{"data":{"login":"${WORD}"}}' && kubectl get pods`,
    `kubectl patch secret a -p '{"data":{"login":"${WORD}"}}'; kubectl patch secret b -p '{"stringData":{"x":"${FILE}"}}'`,
    `kubectl patch secret a -p x; kubectl apply -f - <<EOF\n${JSON.stringify(inline)}\nEOF`,
    `kind: Secret\nmetadata:\n  annotations:\n    last-applied: |\n      ${JSON.stringify(inline)}\n  name: app1\n`,
  ])('[D39] in a command: %s', (command) => {
    const marker = '[REDACTED:kubernetes-secret]';
    expect(keptCommand(command)).toBe(command.replaceAll(WORD, marker).replaceAll(FILE, marker));
  });

  it('[D40] other kinds in a command stay', () => {
    const other = `kubectl apply -f - <<EOF\n${JSON.stringify({ ...inline, kind: 'ConfigMap', data: { a: 'one1two2x' } })}\nEOF`;
    expect(keptCommand(other)).toBe(other);
    const patch = `kubectl patch secret app -p '{"metadata":{"labels":{"tier":"web1front2"}}}'`;
    expect(keptCommand(patch)).toBe(patch);
  });

  it('[D40] other kinds stay', () => {
    expect(keptOutput({ ...manifest, kind: 'ConfigMap' })).toContain(WORD);
    expect(keptOutput({ kind: 'Secret', spec: { login: WORD } })).toContain(WORD);
  });
});

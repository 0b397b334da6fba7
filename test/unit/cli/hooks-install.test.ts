import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALL, CLAUDE, CODEX, CODEX_TOML, CURSOR, eachInSandbox, install, KEY, sandbox } from './each-sandbox.ts';

const ENDPOINT = 'http://127.0.0.1:4318';

eachInSandbox();

describe('moda hooks install', () => {
  it('[F48] installs Claude Code alone by default, and each agent by name', async () => {
    expect((await sandbox.run(['hooks', 'install'], { env: { MODA_API_KEY: KEY } })).code).toBe(0);
    expect(ALL.filter((file) => fs.existsSync(sandbox.at(file)))).toStrictEqual([CLAUDE]);
    await install('codex');
    expect(ALL.filter((file) => fs.existsSync(sandbox.at(file)))).toStrictEqual([CLAUDE, CODEX, CODEX_TOML]);
    await install('cursor');
    expect(ALL.filter((file) => fs.existsSync(sandbox.at(file)))).toStrictEqual(ALL);
    expect((await install('gemini')).code).toBe(2);
  });

  it('[F50] writes the whole OTEL block for Claude Code', async () => {
    await install('claude');
    const { env } = JSON.parse(sandbox.read(CLAUDE));
    expect(env).toStrictEqual({
      CLAUDE_CODE_ENABLE_TELEMETRY: '1',
      CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${ENDPOINT}/v1/otel/claude/logs`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${ENDPOINT}/v1/otel/claude/traces`,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${ENDPOINT}/v1/otel/claude/metrics`,
      OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer ${KEY}`,
      OTEL_RESOURCE_ATTRIBUTES: 'provider=claude_code',
      OTEL_LOG_USER_PROMPTS: '1',
    });
  });

  it('[F49] writes hooks and block where each agent accepts them: Codex at hooks.env, Cursor as a flat list', async () => {
    await install();
    const codex = JSON.parse(sandbox.read(CODEX));
    expect(Object.keys(codex)).toStrictEqual(['hooks']);
    expect(codex.hooks.env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT).toBe(`${ENDPOINT}/v1/otel/codex/logs`);
    expect(codex.hooks.PostToolUse[0].hooks[0].command).toBe(`${sandbox.at('.moda/bin/moda-hook')} codex`);
    const cursor = JSON.parse(sandbox.read(CURSOR));
    expect(cursor.version).toBe(1);
    expect(cursor.hooks.beforeSubmitPrompt).toStrictEqual([
      { command: `${sandbox.at('.moda/bin/moda-hook')} cursor`, timeout: 10 },
    ]);
    expect(cursor.env.OTEL_EXPORTER_OTLP_HEADERS).toBe(`Authorization=Bearer ${KEY}`);
    expect(sandbox.read(CODEX_TOML)).toBe(
      `# Written by "moda hooks install"; "moda hooks uninstall" takes it out.
[otel]
environment = "production"
log_user_prompt = false

[otel.exporter.otlp-http]
endpoint = "${ENDPOINT}/v1/otel/codex/logs"
protocol = "binary"
headers = { "authorization" = "Bearer ${KEY}" }

[otel.trace_exporter.otlp-http]
endpoint = "${ENDPOINT}/v1/otel/codex/traces"
protocol = "binary"
headers = { "authorization" = "Bearer ${KEY}" }

[otel.metrics_exporter.otlp-http]
endpoint = "${ENDPOINT}/v1/otel/codex/metrics"
protocol = "binary"
headers = { "authorization" = "Bearer ${KEY}" }
`,
    );
  });

  it('[F51] leaves every file it writes with mode 0600, also one that was wider, and writes nothing into the project', async () => {
    sandbox.write(CLAUDE, '{}\n', 0o644);
    sandbox.write(CODEX_TOML, 'model = "x"\n', 0o664);
    await install();
    expect(ALL.map((file) => sandbox.mode(file).toString(8))).toStrictEqual(['600', '600', '600', '600']);
    expect(sandbox.mode('.moda')).toBe(0o700);
    fs.chmodSync(sandbox.at(CLAUDE), 0o640);
    await install();
    expect(sandbox.mode(CLAUDE)).toBe(0o600);
    expect(fs.readdirSync(sandbox.work)).toStrictEqual([]);
  });

  it('[F53] changes no byte on a second run, and refreshes key and endpoint in place', async () => {
    sandbox.write(CLAUDE, '{\n\t"model": "opus",\n\t"env": { "MINE": "1" }\n}\n');
    sandbox.write(CODEX_TOML, 'model = "x" # mine\n');
    await install();
    const before = ALL.map((file) => sandbox.read(file));
    const second = await install();
    expect(second.stdout.match(/nothing to change/g)).toHaveLength(4);
    expect(ALL.map((file) => sandbox.read(file))).toStrictEqual(before);
    await sandbox.run(['hooks', 'install', '--agent=all', '--endpoint=https://moda.example/base/'], {
      env: { MODA_API_KEY: 'moda_sk_new' },
    });
    const after = ALL.map((file) => sandbox.read(file));
    const expected = before.map((text) =>
      text.replaceAll(KEY, 'moda_sk_new').replaceAll(ENDPOINT, 'https://moda.example/base'),
    );
    expect(after).toStrictEqual(expected);
  });

  it('[F53] merges resource attributes by key and leaves foreign settings, environment and hooks', async () => {
    const settings = {
      permissions: { allow: ['Bash(ls)'] },
      env: { OTEL_RESOURCE_ATTRIBUTES: 'company.id=acme,provider=other,repo=web', HTTPS_PROXY: 'http://p' },
      hooks: { PostToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: '/usr/bin/mine' }] }], Foo: [] },
    };
    sandbox.write(CLAUDE, JSON.stringify(settings, undefined, 4));
    await install('claude');
    const written = JSON.parse(sandbox.read(CLAUDE));
    expect(written.permissions).toStrictEqual(settings.permissions);
    expect(written.env.HTTPS_PROXY).toBe('http://p');
    expect(written.env.OTEL_RESOURCE_ATTRIBUTES).toBe('company.id=acme,provider=claude_code,repo=web');
    expect(written.hooks.Foo).toStrictEqual([]);
    expect(written.hooks.PostToolUse).toHaveLength(2);
    expect(written.hooks.PostToolUse[0]).toStrictEqual(settings.hooks.PostToolUse[0]);
  });
});

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';

const KEY = 'moda_sk_0123456789abcdef';
const ENDPOINT = 'http://127.0.0.1:4318';
const CLAUDE = '.claude/settings.json';
const CODEX = '.codex/hooks.json';
const CODEX_TOML = '.codex/config.toml';
const CURSOR = '.cursor/hooks.json';
const ALL = [CLAUDE, CODEX, CODEX_TOML, CURSOR];

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await sandbox.remove();
});

function install(agent = 'all', extra: readonly string[] = []) {
  return sandbox.run(['hooks', 'install', `--agent=${agent}`, ...extra], { env: { MODA_API_KEY: KEY } });
}

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

  it('keeps comments, tabs and CRLF of an existing file', async () => {
    const text = '{\r\n\t// my model\r\n\t"model": "opus", /* fast */\r\n\t"hooks": {\r\n\t}\r\n}\r\n';
    sandbox.write(CLAUDE, text);
    await install('claude');
    const written = sandbox.read(CLAUDE);
    expect(
      written.startsWith(
        '{\r\n\t// my model\r\n\t"model": "opus", /* fast */\r\n\t"hooks": {\r\n\t\t"SessionStart": [',
      ),
    ).toBe(true);
    expect(written.replaceAll('\r\n', '')).not.toContain('\n');
    expect(JSON.parse(written.replace(/\/\/ .*|\/\*.*\*\//g, '')).env.OTEL_LOGS_EXPORTER).toBe('otlp');
  });

  it('keeps comments, order and line ends of config.toml, and adds the tables behind them', async () => {
    const text = '# head\r\nmodel = "gpt" # tail\r\n\r\n[projects."/x"]\r\ntrust_level = "trusted"';
    sandbox.write(CODEX_TOML, text);
    await install('codex');
    const written = sandbox.read(CODEX_TOML);
    expect(written.startsWith(`${text}\r\n\r\n# Written by`)).toBe(true);
    expect(written.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('leaves a foreign [otel] alone in every form, reports it, and still installs the hooks', async () => {
    for (const text of [
      '[otel]\nexporter = "none"\n',
      '[otel.exporter.otlp-http]\nendpoint = "https://other/v1/logs"\nprotocol = "binary"\n',
      'otel.environment = "dev"\n',
      'otel = { log_user_prompt = true }\n',
    ]) {
      sandbox.write(CODEX_TOML, text);
      const { code, stdout } = await install('codex');
      expect(code).toBe(0);
      expect(sandbox.read(CODEX_TOML)).toBe(text);
      expect(stdout).toContain('has an [otel] of its own');
      expect(JSON.parse(sandbox.read(CODEX)).hooks.Stop).toHaveLength(1);
    }
  });

  it('leaves a broken file untouched, names line and column, exits with 5, and installs the others', async () => {
    sandbox.write(CLAUDE, '{\n  "env": {\n    "A": "1"\n  "B": "2"\n}\n', 0o644);
    sandbox.write(CODEX_TOML, 'model = \n', 0o644);
    const { code, stderr } = await install();
    expect(code).toBe(5);
    expect(stderr).toContain(`${sandbox.at(CLAUDE)}: line 4, column 3: expected , or }`);
    expect(stderr).toContain(`${sandbox.at(CODEX_TOML)}: line 1, column 9: expected a value`);
    expect(sandbox.read(CLAUDE)).toBe('{\n  "env": {\n    "A": "1"\n  "B": "2"\n}\n');
    expect(sandbox.mode(CLAUDE)).toBe(0o644);
    expect(JSON.parse(sandbox.read(CURSOR)).version).toBe(1);
  });

  it('reports a setting of the wrong shape instead of overwriting it', async () => {
    for (const text of ['{"env": "x"}', '{"hooks": {"Stop": {}}}', '[]']) {
      sandbox.write(CLAUDE, text);
      const { code, stderr } = await install('claude');
      expect([code, sandbox.read(CLAUDE)], text).toStrictEqual([5, text]);
      expect(stderr).toMatch(/expected (an object|a list)/);
    }
  });

  it('writes through symbolic links, also one whose target is not there yet', async () => {
    fs.mkdirSync(sandbox.at('dotfiles'));
    fs.mkdirSync(sandbox.at('.claude'));
    fs.mkdirSync(sandbox.at('.cursor'));
    fs.writeFileSync(sandbox.at('dotfiles/claude.json'), '{"model":"opus"}');
    fs.symlinkSync('../dotfiles/claude.json', sandbox.at(CLAUDE));
    fs.symlinkSync(sandbox.at('dotfiles/cursor.json'), sandbox.at(CURSOR));
    expect((await install()).code).toBe(0);
    expect(fs.lstatSync(sandbox.at(CLAUDE)).isSymbolicLink()).toBe(true);
    expect(fs.lstatSync(sandbox.at(CURSOR)).isSymbolicLink()).toBe(true);
    expect(JSON.parse(sandbox.read('dotfiles/claude.json')).model).toBe('opus');
    expect(JSON.parse(sandbox.read('dotfiles/cursor.json')).version).toBe(1);
    expect(sandbox.mode('dotfiles/claude.json')).toBe(0o600);
  });

  it('leaves a read-only file untouched and says so', async () => {
    sandbox.write(CLAUDE, '{"model":"opus"}', 0o444);
    const { code, stderr } = await install('claude');
    expect([code, sandbox.read(CLAUDE), sandbox.mode(CLAUDE)]).toStrictEqual([5, '{"model":"opus"}', 0o444]);
    expect(stderr).toContain('is read-only');
  });

  it('keeps what stood there before as a private backup, and leaves no temporary file', async () => {
    sandbox.write(CLAUDE, '{"model":"opus"}');
    await install('claude');
    const [backup] = fs.readdirSync(sandbox.at('.moda/backups'));
    expect(fs.readFileSync(sandbox.at('.moda/backups', backup ?? ''), 'utf8')).toBe('{"model":"opus"}');
    expect(sandbox.mode(path.join('.moda/backups', backup ?? ''))).toBe(0o600);
    expect(fs.readdirSync(sandbox.at('.claude'))).toStrictEqual(['settings.json']);
  });

  it('[F55] puts the key nowhere but into the settings, the backups and notes of this tool, all private', async () => {
    await install();
    const command = `${sandbox.at('.moda/bin/moda-hook')} claude`;
    expect(JSON.parse(sandbox.read(CLAUDE)).hooks.Stop[0].hooks[0].command).toBe(command);
    expect(sandbox.read('.moda/bin/moda-hook')).not.toContain(KEY);
    const holders = execFileSync('grep', ['-rl', KEY, sandbox.home], { encoding: 'utf8' }).trim().split('\n');
    for (const file of holders) expect(fs.statSync(file).mode & 0o077, file).toBe(0);
    const texts = ALL.map((file) => sandbox.read(file)).join('');
    expect(texts).not.toMatch(/clickhouse|anthropic_api|openai/i);
  });

  it('[F52] takes the key from the environment first, then from the file, and fails without one', async () => {
    expect((await sandbox.run(['hooks', 'install'])).code).toBe(3);
    sandbox.saveConfig(ENDPOINT, 'moda_sk_saved');
    await sandbox.run(['hooks', 'install']);
    expect(sandbox.read(CLAUDE)).toContain('Bearer moda_sk_saved');
    await sandbox.run(['hooks', 'install'], { env: { MODA_API_KEY: 'moda_sk_env' } });
    expect(sandbox.read(CLAUDE)).toContain('Bearer moda_sk_env');
  });

  it('[E44] says that child processes need the variables exported again, and that Codex wants its approval', async () => {
    const { stdout } = await install();
    expect(stdout).toMatch(/Child processes do not inherit the OTEL variables/);
    expect(stdout).toMatch(/\/hooks/);
  });

  it('refuses a key or endpoint that would break the files', async () => {
    for (const key of ['a,b', 'a b', 'a"\n']) {
      expect((await sandbox.run(['hooks', 'install', `--api-key=${key}`])).code, key).toBe(2);
    }
    for (const endpoint of ['ftp://x', 'not a url', 'http://u:p@h', 'http://h?x=1']) {
      expect((await sandbox.run(['hooks', 'install', '--api-key=k', `--endpoint=${endpoint}`])).code, endpoint).toBe(2);
    }
    expect(fs.existsSync(sandbox.at('.claude'))).toBe(false);
  });
});

describe('moda hooks uninstall', () => {
  const ORIGINALS = {
    [CLAUDE]: '{\r\n\t"env" : {\r\n\t\t"OTEL_LOGS_EXPORTER": "console" // mine\r\n\t},\r\n\t"hooks": {}\r\n}',
    [CODEX]: '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"say done"}]}]}}',
    [CODEX_TOML]: '# mine\nmodel="x"',
  };

  it('gives every byte and mode back, and removes what was not there', async () => {
    for (const [file, text] of Object.entries(ORIGINALS)) sandbox.write(file, text, 0o640);
    await install();
    await install();
    const { code } = await sandbox.run(['hooks', 'uninstall']);
    expect(code).toBe(0);
    for (const [file, text] of Object.entries(ORIGINALS)) {
      expect([sandbox.read(file), sandbox.mode(file)], file).toStrictEqual([text, 0o640]);
    }
    expect(fs.existsSync(sandbox.at(CURSOR))).toBe(false);
  });

  it('takes only its own entries out of files that were edited since, and brings replaced values back', async () => {
    for (const [file, text] of Object.entries(ORIGINALS)) sandbox.write(file, text);
    await install();
    const later: Record<string, (text: string) => string> = {
      [CLAUDE]: (text) => text.replace('{\r\n\t"env"', '{\r\n\t"later": true,\r\n\t"env"'),
      [CODEX]: (text) => text.replace('{"hooks":{', '{"hooks":{"Later":[],'),
      [CODEX_TOML]: (text) => `later = 1\n${text}\n[tools]\nx = 1\n`,
    };
    for (const [file, edit] of Object.entries(later)) fs.writeFileSync(sandbox.at(file), edit(sandbox.read(file)));
    await sandbox.run(['hooks', 'uninstall', '--agent=all']);
    expect(sandbox.read(CLAUDE)).toBe(
      '{\r\n\t"later": true,\r\n\t"env" : {\r\n\t\t"OTEL_LOGS_EXPORTER": "console" // mine\r\n\t}\r\n}',
    );
    expect(sandbox.read(CODEX)).toBe(
      '{"hooks":{"Later":[],"Stop":[{"hooks":[{"type":"command","command":"say done"}]}]}}',
    );
    expect(sandbox.read(CODEX_TOML)).toBe('later = 1\n# mine\nmodel="x"\n\n[tools]\nx = 1\n');
  });

  it('does nothing to files that it never touched', async () => {
    sandbox.write(CLAUDE, '{"env":{"OTEL_LOGS_EXPORTER":"otlp"}}', 0o644);
    expect((await sandbox.run(['hooks', 'uninstall'])).code).toBe(0);
    expect([sandbox.read(CLAUDE), sandbox.mode(CLAUDE)]).toStrictEqual([
      '{"env":{"OTEL_LOGS_EXPORTER":"otlp"}}',
      0o644,
    ]);
  });
});

describe('moda hooks status', () => {
  it('tells installed from not installed, and names each fault', async () => {
    const before = await sandbox.run(['hooks', 'status']);
    expect([before.code, before.stdout.match(/not installed/g)?.length]).toStrictEqual([0, 4]);
    await install();
    expect((await sandbox.run(['hooks', 'status'], { env: { MODA_API_KEY: KEY } })).code).toBe(0);
    fs.chmodSync(sandbox.at(CODEX), 0o644);
    const edited = JSON.parse(sandbox.read(CLAUDE));
    delete edited.hooks.Stop;
    edited.env.OTEL_LOG_USER_PROMPTS = '0';
    fs.writeFileSync(sandbox.at(CLAUDE), JSON.stringify(edited));
    const { code, stdout } = await sandbox.run(['hooks', 'status'], { env: { MODA_API_KEY: 'moda_sk_other' } });
    expect(code).toBe(1);
    for (const fault of [
      'mode is 644',
      'hooks are missing: Stop',
      'OTEL_LOG_USER_PROMPTS',
      '[otel.exporter.otlp-http] has another key',
    ]) {
      expect(stdout).toContain(fault);
    }
    expect(stdout).not.toContain(KEY);
  });

  it('says what makes Codex drop its whole hooks file', async () => {
    await install('codex');
    const file = JSON.parse(sandbox.read(CODEX));
    file.env = {};
    file.hooks.Stop.push({ hooks: [{ type: 'http', url: 'http://x' }] });
    fs.writeFileSync(sandbox.at(CODEX), JSON.stringify(file));
    const { stdout } = await sandbox.run(['hooks', 'status', '--agent=codex'], { env: { MODA_API_KEY: KEY } });
    expect(stdout).toContain('"env" at its top');
    expect(stdout).toContain('type "http"');
  });
});

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookCommand, isOwnCommand } from '../../../src/cli/agents/hook-launcher.ts';
import { ALL, CLAUDE, CODEX, CODEX_TOML, CURSOR, eachInSandbox, install, KEY, sandbox } from './each-sandbox.ts';
import { runProcess, startPeer } from './sandbox.ts';

const ENDPOINT = 'http://127.0.0.1:4318';

eachInSandbox();

describe('moda hooks install on files as people have them', () => {
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
      expect(stdout).toContain('config.toml: left alone');
      expect(stdout).not.toContain('prompt text is not sent');
      expect((await sandbox.run(['hooks', 'status'])).stdout).toContain('[otel] sends elsewhere and was left alone');
      expect(stdout).not.toContain(KEY);
      expect(JSON.parse(sandbox.read(CODEX)).hooks.Stop).toHaveLength(1);
    }
  });

  it('refreshes its own exporters beside one that the user has switched off or pointed elsewhere', async () => {
    for (const own of [
      'metrics_exporter = "none"',
      'metrics_exporter = { otlp-http = { endpoint = "https://other" } }',
    ]) {
      sandbox.write(CODEX_TOML, '');
      await install('codex');
      const [head = ''] = sandbox.read(CODEX_TOML).split('\n[otel.metrics_exporter');
      fs.writeFileSync(sandbox.at(CODEX_TOML), head.replace('[otel]\n', `[otel]\n${own}\n`));
      const { code, stdout } = await install('codex', ['--api-key=moda_sk_new']);
      expect([code, stdout.includes('[otel.metrics_exporter] sends elsewhere')]).toStrictEqual([0, true]);
      const written = sandbox.read(CODEX_TOML);
      expect(written).toBe(head.replace('[otel]\n', `[otel]\n${own}\n`).replaceAll(KEY, 'moda_sk_new'));
    }
  });

  it('knows its own commands of every release, and takes no other tool’s for one', async () => {
    const foreign = [
      '"/usr/bin/node" "/opt/other/main.js" hook claude',
      'node "/opt/other/main.cjs" hook claude',
      'not-moda-hook claude',
    ];
    const hooks = { Stop: [{ hooks: foreign.map((command) => ({ type: 'command', command })) }] };
    sandbox.write(CLAUDE, JSON.stringify({ hooks }));
    await install('claude');
    fs.appendFileSync(sandbox.at(CLAUDE), '\n');
    await sandbox.run(['hooks', 'uninstall']);
    expect(JSON.parse(sandbox.read(CLAUDE))).toStrictEqual({ hooks });
    const program = (script: string) => ({ node: 'C:\\node.exe', script });
    for (const script of [
      'C:\\npm\\node_modules\\moda-cli\\main.cjs',
      'C:\\moda\\dist\\cli\\main.cjs',
      'C:\\moda\\src\\cli\\main.ts',
    ]) {
      expect(isOwnCommand(hookCommand('C:\\Users\\x', 'claude', 'win32', program(script))), script).toBe(true);
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

  it('[F52] leaves key and server where hooks find them without either in their environment', async () => {
    const peer = await startPeer();
    try {
      const env = { MODA_API_KEY: KEY };
      expect((await sandbox.run(['hooks', 'install', `--endpoint=${peer.url}/base`], { env })).code).toBe(0);
      expect(sandbox.mode('.moda/config.json')).toBe(0o600);
      const command = JSON.parse(sandbox.read(CLAUDE)).hooks.Notification[0].hooks[0].command;
      const input = JSON.stringify({ session_id: 's', cwd: sandbox.work, hook_event_name: 'Notification' });
      const wholeEnv = { HOME: sandbox.home, MODA_HOOK_TIMEOUT_MS: '50000' };
      await runProcess('/bin/sh', ['-c', command], sandbox, { input, wholeEnv });
      expect(peer.requests.map(({ url, headers }) => [url, headers.authorization])).toStrictEqual([
        ['/base/v1/otel/claude/hooks', `Bearer ${KEY}`],
      ]);
    } finally {
      await peer.close();
    }
  });

  it('[E44] says that child processes need the variables exported again, and that Codex wants its approval', async () => {
    const { stdout } = await install();
    expect(stdout).toMatch(/Child processes do not inherit the OTEL variables/);
    expect(stdout).toMatch(/\/hooks/);
  });

  it('refuses a key or endpoint that would break the files', async () => {
    for (const key of ['a,b', 'a b', 'a"\n', 'a;b', 'a%41', 'ä', 'x'.repeat(513)]) {
      expect((await sandbox.run(['hooks', 'install', `--api-key=${key}`])).code, key).toBe(2);
    }
    for (const endpoint of ['ftp://x', 'not a url', 'http://u:p@h', 'http://h?x=1']) {
      expect((await sandbox.run(['hooks', 'install', '--api-key=k', `--endpoint=${endpoint}`])).code, endpoint).toBe(2);
    }
    expect(fs.existsSync(sandbox.at('.claude'))).toBe(false);
  });
});

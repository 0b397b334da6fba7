import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALL, CLAUDE, CODEX, CODEX_TOML, CURSOR, eachInSandbox, install, KEY, sandbox } from './each-sandbox.ts';

eachInSandbox();

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
      '{\r\n\t"later": true,\r\n\t"env" : {\r\n\t\t"OTEL_LOGS_EXPORTER": "console" // mine\r\n\t},\r\n\t"hooks": {}\r\n}',
    );
    expect(sandbox.read(CODEX)).toBe(
      '{"hooks":{"Later":[],"Stop":[{"hooks":[{"type":"command","command":"say done"}]}]}}',
    );
    expect(sandbox.read(CODEX_TOML)).toBe('later = 1\n# mine\nmodel="x"\n\n[tools]\nx = 1\n');
  });

  it('removes what it made, folders too, also when the files were touched and installed again since', async () => {
    await install();
    for (const file of ALL) fs.appendFileSync(sandbox.at(file), '\n');
    await install('all', ['--endpoint=http://127.0.0.1:4444']);
    const { code, stdout } = await sandbox.run(['hooks', 'uninstall']);
    expect([code, stdout.match(/as it was before/g)?.length]).toStrictEqual([0, 4]);
    expect(fs.readdirSync(sandbox.home)).toStrictEqual(['.moda']);
  });

  it('keeps folders that were there or that hold something else, and a file with an entry of somebody else', async () => {
    fs.mkdirSync(sandbox.at('.codex'));
    await install();
    sandbox.write('.claude/notes.md', 'mine');
    fs.writeFileSync(sandbox.at(CURSOR), sandbox.read(CURSOR).replace('"stop": [', '"stop": [{"command":"mine"},'));
    await sandbox.run(['hooks', 'uninstall']);
    expect(fs.readdirSync(sandbox.at('.codex'))).toStrictEqual([]);
    expect(fs.readdirSync(sandbox.at('.claude'))).toStrictEqual(['notes.md']);
    expect(JSON.parse(sandbox.read(CURSOR))).toStrictEqual({ version: 1, hooks: { stop: [{ command: 'mine' }] } });
  });

  it.each([
    [CLAUDE, '{\n  "env": {},\n  "hooks": {\n    "Stop": []\n  }\n}\n'],
    [CODEX, '{\n  "hooks": {\n    "env": {}\n  }\n}\n'],
    [CURSOR, '{\n  "version": 1,\n  "hooks": {}\n}\n'],
    [CURSOR, '{\n  "version": 1\n}\n'],
  ])(
    'leaves the empty settings of %s that stood there before, %j, though the file was edited since',
    async (file, text) => {
      sandbox.write(file, text);
      await install();
      fs.appendFileSync(sandbox.at(file), '\n');
      await install('all', ['--endpoint=http://127.0.0.1:4444']);
      await sandbox.run(['hooks', 'uninstall']);
      expect(sandbox.read(file)).toBe(`${text}\n`);
    },
  );

  it('takes key and exporters out of a file in which one signal was pointed elsewhere, and keeps that one', async () => {
    await install();
    for (const file of ALL) {
      const text = sandbox.read(file).replace(/http:[^"]*\/v1\/otel\/\w+\/logs/, 'https://other.example/v1/logs');
      fs.writeFileSync(
        sandbox.at(file),
        text.replace(`Bearer ${KEY}" }\n\n[otel.trace`, 'Bearer mine" }\n\n[otel.trace'),
      );
    }
    const status = await sandbox.run(['hooks', 'status'], { env: { MODA_API_KEY: KEY } });
    expect(status.stdout).toContain('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT has another value');
    expect(status.stdout).toContain('[otel.exporter.otlp-http] sends to another server');
    const { code, stdout } = await sandbox.run(['hooks', 'uninstall']);
    expect(code).toBe(0);
    expect(stdout).toContain('[otel.exporter] sends elsewhere and stays as it is');
    const block = { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://other.example/v1/logs' };
    expect(JSON.parse(sandbox.read(CLAUDE))).toStrictEqual({ env: block });
    expect(JSON.parse(sandbox.read(CODEX))).toStrictEqual({ hooks: { env: block } });
    expect(sandbox.read(CODEX_TOML)).toBe(
      '[otel]\nenvironment = "production"\nlog_user_prompt = false\n\n[otel.exporter.otlp-http]\nendpoint = "https://other.example/v1/logs"\nprotocol = "binary"\nheaders = { "authorization" = "Bearer mine" }\n',
    );
    for (const file of ALL) expect(sandbox.read(file)).not.toContain(KEY);
  });

  it('leaves no exporter without its endpoint, which Codex would refuse with the whole file', async () => {
    await install('codex');
    const text = sandbox
      .read(CODEX_TOML)
      .replace('[otel]\n', '[otel]\nspan_attributes = { team = "web" }\n')
      .replace('protocol = "binary"\n', 'protocol = "binary"\ntls = { ca-certificate = "/x.pem" }\n');
    fs.writeFileSync(
      sandbox.at(CODEX_TOML),
      `${text}\n[otel.metrics_exporter.otlp-http.tls]\nca-certificate = "/x.pem"\n`,
    );
    await sandbox.run(['hooks', 'uninstall']);
    expect(sandbox.read(CODEX_TOML)).toBe('[otel]\nspan_attributes = { team = "web" }\n');
  });

  it('forgets a file that its user has removed, and the folder that was made for it', async () => {
    await install('claude');
    fs.rmSync(sandbox.at(CLAUDE));
    await sandbox.run(['hooks', 'uninstall']);
    expect([fs.existsSync(sandbox.at('.claude')), fs.readdirSync(sandbox.at('.moda/originals'))]).toStrictEqual([
      false,
      [],
    ]);
    fs.mkdirSync(sandbox.at('.claude'));
    await sandbox.run(['hooks', 'uninstall']);
    expect(fs.existsSync(sandbox.at('.claude'))).toBe(true);
  });

  it('reports a file that the system does not let it change, exits with 5, and goes on with the others', async () => {
    for (const file of [CLAUDE, CODEX]) sandbox.write(file, '{}', 0o644);
    await install();
    const before = sandbox.read(CLAUDE);
    fs.writeFileSync(sandbox.at(CLAUDE), `${before}\n`);
    fs.rmSync(sandbox.at('.moda/backups'), { recursive: true });
    fs.writeFileSync(sandbox.at('.moda/backups'), 'a file where the folder should be');
    const { code, stderr } = await sandbox.run(['hooks', 'uninstall']);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^moda: left untouched: .*settings\.json: EEXIST.*backups/);
    expect([sandbox.read(CLAUDE), sandbox.read(CODEX)]).toStrictEqual([`${before}\n`, '{}']);
  });

  it('does not deny a change whose note could not be kept', async () => {
    fs.mkdirSync(sandbox.at('.moda'));
    fs.writeFileSync(sandbox.at('.moda/originals'), 'a file where the folder should be');
    const installed = await install('claude');
    expect([installed.code, installed.stderr]).toStrictEqual([0, '']);
    expect(installed.stdout).toContain('settings.json: written');
    expect(installed.stdout).toContain('the note of its former content could not be kept up to date');
    expect((await sandbox.run(['hooks', 'uninstall'])).code).toBe(0);
    expect(JSON.parse(sandbox.read(CLAUDE))).toStrictEqual({});
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

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HELP_BY_COMMAND, helpText } from '../../../src/cli/help.ts';
import { ALL, eachInSandbox, sandbox } from './each-sandbox.ts';

eachInSandbox();

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

describe('moda', () => {
  it.each([
    [['frob'], 'moda: unknown command "frob"; "moda --help" lists them\n'],
    [['init', '--bogus'], "moda: Unknown option '--bogus'\n"],
    [['doctor', '--agent=claude'], 'moda: "moda doctor" has no option --agent\n'],
    [['hooks', 'install', 'now'], 'moda: unexpected "now"\n'],
    [['hooks', 'install', '--agent=vim'], 'moda: unknown agent "vim"; known: claude, codex, cursor, all\n'],
    [['init', '--endpoint'], "moda: Option '--endpoint <value>' argument missing\n"],
  ])('ends %j with one line and exit code 2', async (args, stderr) => {
    expect(await sandbox.run(args)).toMatchObject({ code: 2, stdout: '', stderr });
  });

  it('prints a help whose columns stand under each other, with every exit code', async () => {
    const { stdout, code } = await sandbox.run(['--help']);
    expect(code).toBe(0);
    const names = stdout.split('\n').filter((line) => /^ {2}MODA_/.test(line));
    expect(names.length).toBeGreaterThanOrEqual(6);
    expect(new Set(names.map((line) => /^ {2}\w+ +/.exec(line)?.[0].length)).size).toBe(1);
    for (const exitCode of [0, 1, 2, 3, 4, 5, 6, 130]) expect(stdout).toMatch(new RegExp(`^  ${exitCode} +\\S`, 'm'));
  });

  it('names every option that a command takes in its help', () => {
    for (const [command, { options }] of Object.entries(HELP_BY_COMMAND)) {
      const help = helpText(command);
      expect(
        options.filter((option) => !help.includes(`--${option}`)),
        command,
      ).toStrictEqual([]);
    }
  });

  it.each(['', 'relative'])(
    'takes the home of the account where HOME is %j, never a folder of the project',
    async (home) => {
      const { stdout } = await sandbox.run(['hooks', 'status'], {
        wholeEnv: { HOME: home, PATH: process.env['PATH'] ?? '' },
      });
      expect(stdout).toContain(` ${path.join(os.userInfo().homedir, '.claude/settings.json')}: `);
    },
  );

  it.skipIf(process.getuid?.() !== 0)(
    'says that there is no home, and lets hooks pass, under a bare user id',
    async () => {
      fs.chmodSync(sandbox.root, 0o755);
      const as = (args: readonly string[]) =>
        spawnSync(process.execPath, [MAIN, ...args], {
          uid: 54_321,
          cwd: sandbox.work,
          env: {},
          input: '{}',
          encoding: 'utf8',
        });
      const status = as(['hooks', 'status']);
      expect([status.status, status.stderr]).toStrictEqual([1, 'moda: there is no home directory: set HOME to one\n']);
      expect(as(['hook', 'cursor'])).toMatchObject({ status: 0, stdout: '{}', stderr: '' });
      expect(fs.readdirSync(sandbox.work)).toStrictEqual([]);
    },
  );

  it('finishes its work when nobody reads on', async () => {
    sandbox.saveConfig('http://127.0.0.1:1');
    const run = await sandbox.run(['hooks', 'install', '--agent=all'], { closesOutput: true });
    expect([run.code, run.stderr]).toStrictEqual([0, '']);
    expect(ALL.filter((file) => fs.existsSync(sandbox.at(file)))).toStrictEqual(ALL);
  });

  it('says in one line what the system refuses', async () => {
    sandbox.write('.moda', 'a file');
    const run = await sandbox.run(['hooks', 'install'], { env: { MODA_API_KEY: 'moda_sk_x' } });
    expect([run.code, run.stderr.trim().split('\n')]).toStrictEqual([1, [expect.stringMatching(/^moda: E.*\.moda/)]]);
  });

  it('reads its own file as an editor on Windows saves it', async () => {
    sandbox.write('.moda/config.json', '\uFEFF{"api_key":"moda_sk_x","endpoint":"http://127.0.0.1:1"}\r\n', 0o600);
    const run = await sandbox.run(['skills', 'list']);
    expect([run.code, run.stderr]).toStrictEqual([4, expect.stringContaining('no answer from http://127.0.0.1:1 ')]);
  });

  it('says that there is no snapshot at all', async () => {
    const run = await sandbox.run(['snapshots', 'list', '--all']);
    expect([run.code, run.stdout]).toStrictEqual([0, 'no snapshot of any working tree yet\n']);
    expect((await sandbox.run(['snapshots', 'list', '--all', '--json'])).stdout).toBe('');
  });

  it('says that the file which should hold the key is broken', async () => {
    sandbox.write('.moda/config.json', '{ "api_key": ');
    const run = await sandbox.run(['hooks', 'install']);
    expect([run.code, run.stderr]).toStrictEqual([3, expect.stringContaining('config.json is not valid JSON')]);
  });

  it.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
  ])('colours a terminal with %j: %s', async (env, isColoured) => {
    const preload = path.join(sandbox.root, 'terminal.mjs');
    fs.writeFileSync(preload, 'process.stdout.isTTY = true;');
    sandbox.saveConfig('http://127.0.0.1:1');
    await sandbox.run(['hooks', 'install']);
    const run = await sandbox.run(['hooks', 'status'], { env: { NODE_OPTIONS: `--import=${preload}`, ...env } });
    expect(run.stdout).toContain('installed');
    expect(run.stdout.includes('\u001b[')).toBe(isColoured);
  });
});

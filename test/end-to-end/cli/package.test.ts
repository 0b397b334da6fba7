import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knowsKey, type Peer, runProcess, Sandbox, startPeer } from '../../unit/cli/sandbox.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const KEY = 'moda_sk_package';

let sandbox: Sandbox;
let peer: Peer;
let installed: string;

/** Builds the package, packs it, and installs the tarball alone in an empty folder, with no registry in reach. */
beforeAll(async () => {
  sandbox = new Sandbox();
  peer = await startPeer(knowsKey(KEY));
  const built = path.join(sandbox.root, 'dist');
  execFileSync(process.execPath, [path.join(ROOT, 'deploy/build.ts'), '--cli', `--out=${built}`], { cwd: ROOT });
  const options = { env: { PATH: process.env['PATH'] ?? '', HOME: sandbox.home }, encoding: 'utf8' as const };
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', sandbox.root], {
    ...options,
    cwd: path.join(built, 'cli'),
  });
  fs.rmSync(built, { recursive: true });
  installed = path.join(sandbox.root, 'empty');
  fs.mkdirSync(installed);
  const tarball = path.join(sandbox.root, packed.trim().split('\n').at(-1) ?? '');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball], {
    ...options,
    cwd: installed,
  });
}, 300_000);
afterAll(async () => {
  await peer.close();
  await sandbox.remove();
});

function moda(args: readonly string[], input = '') {
  return runProcess(path.join(installed, 'node_modules/.bin/moda'), args, sandbox, { input });
}

describe('the package of the command line', () => {
  it('installs and runs alone: help, version, set-up, hooks', async () => {
    expect((await moda(['--help'])).stdout).toContain('moda hooks install|uninstall|status');
    expect((await moda(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const init = await moda(['init', '--yes', `--endpoint=${peer.url}`, `--api-key=${KEY}`]);
    expect([init.code, init.stderr]).toStrictEqual([0, '']);
    const { hooks } = JSON.parse(sandbox.read('.claude/settings.json'));
    const event = JSON.stringify({ session_id: 's', cwd: sandbox.work, hook_event_name: 'Notification' });
    const command = hooks.Notification[0].hooks[0].command;
    const hook = await runProcess('/bin/sh', ['-c', command], sandbox, {
      input: event,
      wholeEnv: { HOME: sandbox.home, MODA_HOOK_TIMEOUT_MS: '50000' },
    });
    expect([hook.code, hook.stdout, hook.stderr]).toStrictEqual([0, '', '']);
    expect(peer.sent('/v1/otel/claude/hooks')).toHaveLength(1);
  });

  it('turns into a silent success when it is removed, so that no agent breaks', async () => {
    const moved = `${installed}-moved`;
    fs.renameSync(installed, moved);
    const launcher = sandbox.at('.moda/bin/moda-hook');
    expect(await runProcess(launcher, ['claude'], sandbox, { input: '{}' })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(await runProcess(launcher, ['cursor'], sandbox, { input: '{}' })).toMatchObject({ code: 0, stdout: '{}\n' });
    fs.renameSync(moved, installed);
  });

  it('holds compiled JavaScript only, no native code, and the licences of what it bundles', () => {
    const folder = path.join(installed, 'node_modules/moda-cli');
    const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /\.(?:node|ts|map|so|dylib)$/.test(file))).toStrictEqual([]);
    expect(files).toContain('LICENSE');
    const bundled = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
      .bundleDependencies as string[];
    for (const name of bundled) {
      const texts = files.filter(
        (file) => file.startsWith(path.join('node_modules', name)) && /licen[cs]e/i.test(file),
      );
      expect(texts.length, name).toBeGreaterThanOrEqual(1);
    }
  });

  it('uses no syntax that Node 20 does not know', () => {
    const folder = path.join(installed, 'node_modules/moda-cli');
    const own = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.c?js$/.test(file) && !file.startsWith('node_modules'));
    expect(own.length).toBeGreaterThan(40);
    for (const file of own) {
      const text = fs.readFileSync(path.join(folder, file), 'utf8');
      // Newer than Node 20: explicit resource management, import attributes of JSON, the v regular expression flag's sets.
      expect(text, file).not.toMatch(
        /^\s*(?:await )?using \w+ =|with \{ type:|Promise\.withResolvers|Object\.groupBy|Array\.fromAsync|import\.meta\.dirname/m,
      );
    }
  });
});

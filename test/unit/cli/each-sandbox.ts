/** What many tests of the command line begin with: a sandbox and a peer for each test, payloads, files of the agents. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import {
  type Answer,
  type Peer,
  type RecordedRequest,
  type RunOptions,
  type RunResult,
  Sandbox,
  startPeer,
} from './sandbox.ts';

export const KEY = 'moda_sk_0123456789abcdef';
export const CLAUDE = '.claude/settings.json';
export const CODEX = '.codex/hooks.json';
export const CODEX_TOML = '.codex/config.toml';
export const CURSOR = '.cursor/hooks.json';
export const ALL = [CLAUDE, CODEX, CODEX_TOML, CURSOR];

/** Of the test that runs. */
export let sandbox: Sandbox;
/** Of the test that runs, after eachWithPeer(). */
export let peer: Peer;

let answer: (request: RecordedRequest) => Answer | undefined;

/** Gives each test of the file a sandbox of its own. */
export function eachInSandbox(): void {
  beforeEach(() => {
    sandbox = new Sandbox();
  });
  afterEach(async () => {
    await sandbox.remove();
  });
}

/** And a peer that the sandbox's settings name, with KEY; it answers 200 and `{}` until answerWith() says otherwise. */
export function eachWithPeer(): void {
  eachInSandbox();
  beforeEach(async () => {
    answer = () => undefined;
    peer = await startPeer((request) => answer(request));
    sandbox.saveConfig(peer.url, KEY);
  });
  afterEach(() => peer.close());
}

/** What the peer answers from now on. */
export function answerWith(given: typeof answer): void {
  answer = given;
}

export function install(agent = 'all', extra: readonly string[] = []): Promise<RunResult> {
  return sandbox.run(['hooks', 'install', `--agent=${agent}`, ...extra], { env: { MODA_API_KEY: KEY } });
}

export function payload(event: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { session_id: 's-1', cwd: sandbox.work, prompt_id: 'p-1', hook_event_name: event, ...more };
}

/** A hook without a snapshot. */
export function hook(agent: string, event: unknown, options: RunOptions = {}): Promise<RunResult> {
  return sandbox.hook(agent, event, { ...options, env: { MODA_HOOK_SNAPSHOTS: 'off', ...options.env } });
}

/** Makes the working folder a repository with a remote, whose address holds a password, and one file. */
export function makeRepository(): void {
  const git = (...args: string[]): void => {
    execFileSync('git', args, { cwd: sandbox.work, env: { PATH: process.env['PATH'] ?? '', HOME: sandbox.home } });
  };
  git('init', '-q', '-b', 'topic/x');
  git('remote', 'add', 'origin', 'https://user:hunter2@github.example/acme/web.git');
  fs.writeFileSync(path.join(sandbox.work, 'a.txt'), 'one\n');
}

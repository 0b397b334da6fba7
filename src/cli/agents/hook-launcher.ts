/**
 * The command that agents run for every hook. A small launcher in ~/.moda/bin keeps that command's text the same when Node
 * or this package moves (Codex trusts a hook by the hash of its text), and turns a removed package into a silent success
 * instead of a broken agent.
 */

import fs from 'node:fs';
import path from 'node:path';
import { ensurePrivateDirectory, modaHome } from '../files/moda-home.ts';
import { replaceFile } from '../files/private-file.ts';
import type { AgentId } from './agent.ts';

const LAUNCHER_NAME = 'moda-hook';

export interface Program {
  readonly node: string;
  /** The package's main script. */
  readonly script: string;
}

/** The command for an agent's settings. It holds no key and does not change between runs. */
export function hookCommand(home: string, agent: AgentId, platform: string, program: Program): string {
  if (platform === 'win32') {
    // No shell is certain there; Node takes forward slashes, which no quoting rule touches.
    return `"${forward(program.node)}" "${forward(program.script)}" hook ${agent}`;
  }
  return `${quoteWord(launcherPath(home))} ${agent}`;
}

const OWN_COMMANDS = [
  /(?:^|[\\/'"])moda-hook['"]? (?:claude|codex|cursor)$/,
  // Without the launcher: the folder is the package's (moda-cli), or the one it is built from or to.
  /^"[^"]+" "[^"]*[\\/](?:moda-)?cli[\\/]main\.(?:cjs|[jt]s)" hook (?:claude|codex|cursor)$/,
];

/** Whether a command in an agent's settings is one of ours, from any home or release. */
export function isOwnCommand(command: unknown): boolean {
  return typeof command === 'string' && OWN_COMMANDS.some((pattern) => pattern.test(command));
}

/** Writes the launcher; the same content is left alone. */
export function installLauncher(home: string, program: Program): void {
  const file = launcherPath(home);
  const text = launcherText(program);
  ensurePrivateDirectory(modaHome(home));
  ensurePrivateDirectory(path.dirname(file));
  if (readText(file) === text && (fs.statSync(file).mode & 0o777) === 0o700) return;
  replaceFile(file, text, 0o700);
}

/** Where the launcher leads, or undefined when there is none. */
export function launcherTarget(home: string): Program | undefined {
  const match = /^exec ('.*'|[^ ]+) ('.*'|[^ ]+) hook "\$1"$/m.exec(readText(launcherPath(home)) ?? '');
  const [, node, script] = match ?? [];
  return node === undefined || script === undefined ? undefined : { node: unquote(node), script: unquote(script) };
}

/** Path of the launcher under a home directory. */
function launcherPath(home: string): string {
  return path.join(modaHome(home), 'bin', LAUNCHER_NAME);
}

function launcherText({ node, script }: Program): string {
  const nodeWord = quoteWord(node);
  const scriptWord = quoteWord(script);
  return `#!/bin/sh
# Called by coding agents; written by "moda hooks install". It never fails, so that no agent stops because of it.
if [ -x ${nodeWord} ] && [ -f ${scriptWord} ]; then
exec ${nodeWord} ${scriptWord} hook "$1"
elif [ -f ${scriptWord} ] && command -v node >/dev/null 2>&1; then
exec node ${scriptWord} hook "$1"
fi
case "$1" in cursor) echo '{}' ;; esac
exit 0
`;
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function unquote(word: string): string {
  return word.startsWith("'") ? word.slice(1, -1).replaceAll(`'\\''`, "'") : word;
}

function forward(file: string): string {
  return file.replaceAll('\\', '/');
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

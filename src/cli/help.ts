/** The text of `moda --help`: one table of commands, printed and enforced from here. */

import { EXIT_CODES } from './exit-codes.ts';
import { ENVIRONMENT_NAMES } from './settings.ts';

interface CommandHelp {
  readonly usage: readonly string[];
  readonly purpose: string;
  /** Long options that the command takes. */
  readonly options: readonly string[];
}

const CONNECTION = ['endpoint', 'api-key'];

export const HELP_BY_COMMAND: Readonly<Record<string, CommandHelp>> = {
  init: {
    usage: ['init [--yes] [--no-coding-agent-traces] [--endpoint=URL] [--api-key=KEY]'],
    purpose: 'checks and saves the API key, wires up all agents after asking, pulls skills',
    options: ['yes', 'no-coding-agent-traces', ...CONNECTION],
  },
  hooks: {
    usage: ['hooks install|uninstall|status [--agent=claude|codex|cursor|all] [--endpoint=URL] [--api-key=KEY]'],
    purpose:
      'installs hooks and telemetry (without --agent: of Claude Code), takes them out, shows them (of all agents)',
    options: ['agent', ...CONNECTION],
  },
  hook: {
    usage: ['hook claude|codex|cursor'],
    purpose: 'what the agents call: sends the event on standard input; never fails',
    options: [],
  },
  doctor: {
    usage: ['doctor [--no-canary] [--endpoint=URL] [--api-key=KEY]'],
    purpose: 'checks everything from the shell to the stored row, with the line that mends it',
    options: ['no-canary', ...CONNECTION],
  },
  snapshots: {
    usage: ['snapshots list [--all] [--json]', 'snapshots show NUMBER', 'snapshots diff NUMBER [NUMBER]'],
    purpose: 'workspace snapshots of the current directory (or of --dir=DIRECTORY), taken at each prompt and tool call',
    options: ['all', 'dir', 'json'],
  },
  skills: {
    usage: [
      'skills pull [--status=approved|proposed] [--dir=DIRECTORY]',
      'skills gen',
      'skills list [--status=approved|proposed|rejected] [--json] | show ID | approve ID | reject ID',
    ],
    purpose: 'skills that the server made of repeated corrections; each also with [--endpoint=URL] [--api-key=KEY]',
    options: ['status', 'dir', 'json', ...CONNECTION],
  },
};

/** Help for one command, or for all. */
export function helpText(command?: string): string {
  const entries = Object.entries(HELP_BY_COMMAND).filter(([name]) => command === undefined || name === command);
  const lines = command === undefined ? ['moda: sends what coding agents do to a Moda ingest server', ''] : [];
  for (const [, help] of entries) {
    for (const usage of help.usage) lines.push(`  moda ${usage}`);
    lines.push(`      ${help.purpose}`);
  }
  if (command !== undefined) return lines.join('\n');
  lines.push('', 'Environment');
  for (const [name, meaning] of Object.entries(ENVIRONMENT_NAMES)) lines.push(`  ${name.padEnd(22)}  ${meaning}`);
  lines.push('', 'Exit codes');
  for (const { code, meaning } of Object.values(EXIT_CODES)) lines.push(`  ${String(code).padEnd(4)}  ${meaning}`);
  return lines.join('\n');
}

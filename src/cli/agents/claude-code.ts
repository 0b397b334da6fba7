/** Claude Code: hooks and the OTEL environment block, both in ~/.claude/settings.json. */

import path from 'node:path';
import { hasMember, newJson, readJson } from '../files/json-edit.ts';
import type { CliSettings } from '../settings.ts';
import type { Agent, Edit, InstallContext, TargetState } from './agent.ts';
import { installBlock, overrulingValues, removeBlock } from './environment-block.ts';
import { installHooks, removeHooks } from './hook-entries.ts';
import { inspectSettings } from './inspection.ts';

/** Events of Claude Code that are worth a row. MessageDisplay, PostToolBatch and worktree hooks repeat others or change git. */
const EVENTS = [
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'PostToolUseFailure',
  'Notification',
  'SubagentStart',
  'SubagentStop',
  'PreCompact',
  'Stop',
  'SessionEnd',
] as const;

/** Up to 2.0.54 one unknown event makes it drop the whole file: permissions, hooks and environment of the user too (seen). */
const OLDEST = {
  release: [2, 0, 56],
  otherwise: 'ignores a settings.json with hook events that it does not know, your own permissions in it too',
};

/** Seconds after which Claude Code gives up on a hook; the hook itself ends long before. */
const TIMEOUT_SECONDS = 10;

const ENVIRONMENT = ['env'];

const AFTER_INSTALL = [
  "Claude Code's prompt text will be sent (OTEL_LOG_USER_PROMPTS=1) and stored after secret redaction.",
  'Child processes do not inherit the OTEL variables: a `claude` that is started from a Bash tool call sends nothing unless they are exported again there.',
];

/** The adapter for one user's settings. */
export function claudeCode(settings: CliSettings): Agent {
  return {
    id: 'claude',
    title: 'Claude Code',
    programs: ['claude'],
    directory: settings.claudeDirectory,
    oldest: OLDEST,
    targets: [
      {
        file: path.join(settings.claudeDirectory, 'settings.json'),
        install,
        uninstall,
        inspect,
        afterInstall: AFTER_INSTALL,
      },
    ],
  };
}

function install(text: string | undefined, context: InstallContext): Edit {
  const replaced = new Map<string, string>();
  const start = text === undefined || text.trim() === '' ? newJson({}) : text;
  let edited = installBlock(start, ENVIRONMENT, 'claude', context, replaced);
  edited = installHooks(edited, 'nested', EVENTS, handler(context));
  return { text: edited, replaced, notes: notes(edited) };
}

function uninstall(text: string, replaced: ReadonlyMap<string, string>, original?: string): Edit {
  const edited = removeHooks(removeBlock(text, ENVIRONMENT, 'claude', { replaced, original }), original);
  return { text: edited, replaced: new Map(), notes: [] };
}

function inspect(text: string, context: Partial<InstallContext>): TargetState {
  const state = inspectSettings(text, { agent: 'claude', block: ENVIRONMENT, events: EVENTS }, context);
  return state.isInstalled ? { ...state, problems: [...state.problems, ...notes(text)] } : state;
}

function notes(text: string): string[] {
  const found = [...overrulingValues(text, ENVIRONMENT)];
  if (readJson(text, ['disableAllHooks']) === true) {
    found.push('disableAllHooks is true: Claude Code runs no hook, so there are no snapshots and no hook events');
  }
  if (hasMember(text, 'otelHeadersHelper')) {
    found.push('otelHeadersHelper is set: its headers are merged with the ones written here');
  }
  return found;
}

function handler({ hookCommand }: InstallContext): { type: string; command: string; timeout: number } {
  return { type: 'command', command: hookCommand, timeout: TIMEOUT_SECONDS };
}

/**
 * Cursor: a flat list of hooks in ~/.cursor/hooks.json, and the OTEL block at its top level, where Cursor ignores it (its
 * client has no exporter: its telemetry comes from hooks, from the Enterprise export, or from a bridge).
 */

import path from 'node:path';
import { hasMember, newJson, readJson, removeJson, setJson, stoodAt } from '../files/json-edit.ts';
import { parseJsonText } from '../files/json-text.ts';
import type { CliSettings } from '../settings.ts';
import type { Agent, Edit, InstallContext, TargetState } from './agent.ts';
import { installBlock, removeBlock } from './environment-block.ts';
import { installHooks, removeHooks } from './hook-entries.ts';
import { inspectSettings } from './inspection.ts';

/** beforeReadFile and the Tab hooks carry whole files on every key stroke or read; thoughts are output. None is installed. */
const EVENTS = [
  'sessionStart',
  'beforeSubmitPrompt',
  'preToolUse',
  'postToolUse',
  'postToolUseFailure',
  'beforeShellExecution',
  'afterShellExecution',
  'afterMCPExecution',
  'afterFileEdit',
  'subagentStart',
  'subagentStop',
  'preCompact',
  'afterAgentResponse',
  'stop',
  'sessionEnd',
] as const;

const TIMEOUT_SECONDS = 10;
const ENVIRONMENT = ['env'];

const AFTER_INSTALL = [
  "Cursor's client exports no OpenTelemetry: its events come from these hooks (the OTEL block in the file is only a record of the routes). Token counts need Cursor's Enterprise export or a bridge.",
];

/** The adapter for one user's settings. */
export function cursor(settings: CliSettings): Agent {
  return {
    id: 'cursor',
    title: 'Cursor',
    programs: ['cursor', 'cursor-agent'],
    directory: settings.cursorDirectory,
    targets: [
      {
        file: path.join(settings.cursorDirectory, 'hooks.json'),
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
  let edited = hasMember(start, 'version') ? start : setJson(start, ['version'], 1);
  edited = installHooks(edited, 'flat', EVENTS, { command: context.hookCommand, timeout: TIMEOUT_SECONDS });
  edited = installBlock(edited, ENVIRONMENT, 'cursor', context, replaced);
  return { text: edited, replaced, notes: [] };
}

function uninstall(text: string, replaced: ReadonlyMap<string, string>, original?: string): Edit {
  let edited = removeHooks(removeBlock(text, ENVIRONMENT, 'cursor', { replaced, original }), original);
  const root = parseJsonText(edited);
  // A version without hooks says nothing; the installer wrote it.
  const isAlone = root.kind === 'object' && root.members.length === 1 && readJson(edited, ['version']) === 1;
  if (edited !== text && isAlone && !stoodAt(original, ['version'])) edited = removeJson(edited, ['version']);
  return { text: edited, replaced: new Map(), notes: [] };
}

function inspect(text: string, context: Partial<InstallContext>): TargetState {
  return inspectSettings(text, { agent: 'cursor', block: ENVIRONMENT, events: EVENTS }, context);
}

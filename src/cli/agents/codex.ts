/**
 * Codex: hooks in ~/.codex/hooks.json and the [otel] tables in ~/.codex/config.toml. Its parser drops the whole hooks file
 * for one unknown key at the top, so the environment block stands at hooks.env, where it is accepted (and not applied).
 */

import path from 'node:path';
import { newJson } from '../files/json-edit.ts';
import { type JsonNode, parseJsonText } from '../files/json-text.ts';
import type { CliSettings } from '../settings.ts';
import type { Agent, Edit, InstallContext, TargetState } from './agent.ts';
import { inspectTelemetry, installTelemetry, uninstallTelemetry } from './codex-telemetry.ts';
import { installBlock, removeBlock } from './environment-block.ts';
import { installHooks, removeHooks } from './hook-entries.ts';
import { inspectSettings } from './inspection.ts';

const EVENTS = [
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'PreCompact',
  'PostCompact',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'Interrupt',
  'SessionEnd',
] as const;

const TIMEOUT_SECONDS = 10;
const ENVIRONMENT = ['hooks', 'env'];

/** The adapter for one user's settings. */
export function codex(settings: CliSettings): Agent {
  return {
    id: 'codex',
    title: 'Codex',
    programs: ['codex'],
    directory: settings.codexDirectory,
    targets: [
      {
        file: path.join(settings.codexDirectory, 'hooks.json'),
        install,
        uninstall,
        inspect,
        afterInstall: [
          'Codex runs new hooks only after you approve them once: start codex, type /hooks, and trust the moda-hook entries. (`codex exec` skips hooks that are not trusted without a word.)',
        ],
      },
      {
        file: path.join(settings.codexDirectory, 'config.toml'),
        install: installTelemetry,
        uninstall: uninstallTelemetry,
        inspect: inspectTelemetry,
        afterInstall: ["Codex's prompt text is not sent (log_user_prompt = false)."],
      },
    ],
  };
}

function install(text: string | undefined, context: InstallContext): Edit {
  const replaced = new Map<string, string>();
  const start = text === undefined || text.trim() === '' ? newJson({}) : text;
  const handler = { type: 'command', command: context.hookCommand, timeout: TIMEOUT_SECONDS };
  let edited = installHooks(start, 'nested', EVENTS, handler);
  edited = installBlock(edited, ENVIRONMENT, 'codex', context, replaced);
  return { text: edited, replaced, notes: blockers(edited) };
}

function uninstall(text: string, replaced: ReadonlyMap<string, string>, original?: string): Edit {
  const edited = removeHooks(removeBlock(text, ENVIRONMENT, 'codex', { replaced, original }), original);
  return { text: edited, replaced: new Map(), notes: [] };
}

function inspect(text: string, context: Partial<InstallContext>): TargetState {
  const state = inspectSettings(text, { agent: 'codex', block: ENVIRONMENT, events: EVENTS }, context);
  return state.isInstalled ? { ...state, problems: [...state.problems, ...blockers(text)] } : state;
}

/** What makes Codex drop the whole file: an unknown key at the top, or a handler of a type it does not have. */
function blockers(text: string): string[] {
  const root = parseJsonText(text);
  const found: string[] = [];
  if (root.kind !== 'object') return ['hooks.json is not an object: Codex ignores it as a whole'];
  for (const { key } of root.members) {
    if (key !== 'hooks' && key !== 'description') {
      found.push(`hooks.json has the key "${key}" at its top: Codex ignores the whole file; remove it`);
    }
  }
  if (hasHttpHandler(root)) {
    found.push(
      'hooks.json has a handler of type "http", which Codex does not know: it ignores the whole file; remove it',
    );
  }
  return found;
}

function hasHttpHandler(node: JsonNode): boolean {
  if (node.kind === 'array') return node.items.some(hasHttpHandler);
  if (node.kind !== 'object') return false;
  return node.members.some(
    ({ key, value }) => (key === 'type' && value.kind === 'scalar' && value.value === 'http') || hasHttpHandler(value),
  );
}

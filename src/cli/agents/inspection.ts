/** What `moda hooks status` and `moda doctor` find in a JSON settings file: block, hooks, command. */

import type { JsonPath } from '../files/json-edit.ts';
import type { AgentId, InstallContext, TargetState } from './agent.ts';
import { hasOwnBlock, inspectBlock } from './environment-block.ts';
import { ownCommands, ownEvents } from './hook-entries.ts';

export interface ExpectedSettings {
  readonly agent: AgentId;
  /** Where the environment block stands. */
  readonly block: JsonPath;
  readonly events: readonly string[];
}

/** Compares a settings text with what the installer would write. */
export function inspectSettings(
  text: string,
  expected: ExpectedSettings,
  context: Partial<InstallContext>,
): TargetState {
  const events = ownEvents(text);
  const isInstalled = events.length > 0 || hasOwnBlock(text, expected.block, expected.agent);
  if (!isInstalled) return { isInstalled, problems: [] };
  const problems = [...inspectBlock(text, expected.block, expected.agent, context)];
  const missing = expected.events.filter((event) => !events.includes(event));
  if (missing.length > 0) problems.push(`hooks are missing: ${missing.join(', ')}`);
  if (context.hookCommand !== undefined && ownCommands(text).some((command) => command !== context.hookCommand)) {
    problems.push('hooks call another command than "moda hooks install" writes');
  }
  return { isInstalled, problems };
}

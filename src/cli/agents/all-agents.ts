/** The three adapters, in the order in which they are shown. */

import type { CliSettings } from '../settings.ts';
import type { Agent } from './agent.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { cursor } from './cursor.ts';

/** Every agent that can be wired up. */
export function allAgents(settings: CliSettings): readonly Agent[] {
  return [claudeCode(settings), codex(settings), cursor(settings)];
}

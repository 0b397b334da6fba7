/** Hand-made sessions: the same correction by several users on several days, one agent after the other. */

import type { Action, Agent, FleetSession } from './fleet.ts';

const AGENTS: readonly Agent[] = ['claude_code', 'codex', 'cursor'];
const USERS = ['ada', 'ben', 'cleo', 'dan'];
const DAY_MS = 86_400_000;

export const ok = (command: string): Action => ({ act: 'shell', command, outcome: 'ok' });
export const failed = (command: string, exitCode = 1): Action => ({
  act: 'shell',
  command,
  outcome: 'failed',
  exitCode,
});
export const rejected = (command: string): Action => ({ act: 'shell', command, outcome: 'rejected' });

export interface SessionsOptions {
  readonly count: number;
  /** Time of the first; each further one is a day later. */
  readonly firstAtMs: number;
  readonly repo?: string;
  /** Distinguishes the ids of several calls. */
  readonly label?: string;
  /** Only this user; default: four take turns. */
  readonly user?: string;
  readonly agent?: Agent;
  readonly dayMs?: number;
}

export function sessionsOf(actions: (index: number) => readonly Action[], options: SessionsOptions): FleetSession[] {
  const { count, firstAtMs, repo = 'acme/web', label = 'made' } = options;
  return Array.from({ length: count }, (_, index) => {
    const user = options.user ?? USERS[index % USERS.length]!;
    return {
      id: `${label}-${index}`,
      agent: options.agent ?? AGENTS[index % AGENTS.length]!,
      user,
      repo,
      cwd: `/home/${user}/src/${repo.split('/')[1]}`,
      startedAtMs: firstAtMs + index * (options.dayMs ?? DAY_MS),
      actions: [{ act: 'prompt', text: '' }, ...actions(index)],
    };
  });
}

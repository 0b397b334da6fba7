/**
 * A made fleet: several users and repositories, three agents, corrections planted among ordinary work, one-offs and
 * look-alikes. The same seed gives the same fleet. Renderers turn its sessions into rows or into request bodies.
 */

import { SeededRandom } from '../../random.ts';
import { lookAlike, noiseFor, oneOffs } from './fleet-noise.ts';
import { type Plant, plantsFor } from './fleet-plants.ts';

export type Agent = 'claude_code' | 'codex' | 'cursor';

export type Action =
  | {
      readonly act: 'shell';
      readonly command: string;
      readonly outcome: 'ok' | 'failed' | 'rejected';
      readonly exitCode?: number;
    }
  /** `path` is relative to the repository. */
  | { readonly act: 'edit'; readonly path: string; readonly outcome: 'ok' | 'rejected' }
  | { readonly act: 'read'; readonly path: string }
  | { readonly act: 'prompt'; readonly text: string }
  /** The user stops the turn. */
  | { readonly act: 'interrupt' };

export interface FleetSession {
  readonly id: string;
  readonly agent: Agent;
  readonly user: string;
  readonly repo: string;
  readonly cwd: string;
  readonly startedAtMs: number;
  readonly actions: readonly Action[];
}

export interface Fleet {
  readonly sessions: readonly FleetSession[];
  readonly plants: readonly Plant[];
}

export interface FleetOptions {
  readonly seed: number;
  readonly sessions: number;
  /** Time of the last session. */
  readonly endsAtMs: number;
  /** Share of a plant's sessions in which the mistake is made. */
  readonly mistakeShare?: number;
}

const AGENTS: readonly Agent[] = ['claude_code', 'codex', 'cursor'];
const USERS = ['ada', 'ben', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hana'];
const REPOS = ['acme/web', 'acme/api', 'acme/infra', 'acme/docs'];
const DAYS = 24;
const DAY_MS = 86_400_000;

/** Plants stand in the repositories that they name; everywhere else their wrong way is the right one or never comes up. */
export function makeFleet(options: FleetOptions): Fleet {
  const random = new SeededRandom(options.seed);
  const plants = plantsFor(random, REPOS);
  const share = options.mistakeShare ?? 0.4;
  const sessions: FleetSession[] = [];
  for (let index = 0; index < options.sessions; index++) {
    const repo = random.pick(REPOS);
    const user = random.pick(USERS);
    const actions: Action[] = [{ act: 'prompt', text: '' }];
    for (const plant of plants) {
      if (!plant.repos.includes(repo)) {
        if (random.chance(0.15)) actions.push(...(plant.elsewhere?.(random) ?? []));
        continue;
      }
      if (!random.chance(0.5)) continue;
      actions.push(
        ...noiseFor(random, repo, 2),
        ...(random.chance(share) ? plant.mistake(random) : plant.rightAway(random)),
      );
    }
    actions.push(...noiseFor(random, repo, 4), ...lookAlike(random, repo, plants));
    sessions.push({
      ...{ id: sessionId(options.seed, index), agent: AGENTS[index % 3]!, user, repo, actions },
      cwd: `/home/${user}/src/${repo.split('/')[1]}`,
      startedAtMs: options.endsAtMs - Math.floor(random.next() * DAYS * DAY_MS),
    });
  }
  return { sessions: placeOneOffs(sessions, random), plants };
}

/** Corrections that happen in one or two sessions, or many times to one user on one day. */
function placeOneOffs(sessions: readonly FleetSession[], random: SeededRandom): FleetSession[] {
  const placed = sessions.map((session) => ({ ...session, actions: [...session.actions] }));
  for (const oneOff of oneOffs(random)) {
    for (let times = 0; times < 2; times++) random.pick(placed).actions.push(...oneOff);
  }
  const burst = oneOffs(random)[0]!;
  const first = random.pick(placed);
  for (let times = 0; times < 4; times++) {
    placed.push({
      ...first,
      id: `${first.id}-burst-${times}`,
      startedAtMs: first.startedAtMs + times * 60_000,
      actions: [{ act: 'prompt', text: '' }, ...burst.map((action) => withRepository(action, 'burst'))],
    });
  }
  return placed;
}

/** Makes the burst's programs its own, so that it is not support for the one-off it was made from. */
function withRepository(action: Action, suffix: string): Action {
  if (action.act === 'edit') return { ...action, path: `${suffix}/${action.path}` };
  return action.act === 'shell' ? { ...action, command: action.command.replace(/^(\S+)/, `$1-${suffix}`) } : action;
}

function sessionId(seed: number, index: number): string {
  const hex = (seed * 1_000_003 + index).toString(16).padStart(12, '0');
  return `00000000-0000-4000-8000-${hex}`;
}

/** Who works in the fleet: users, repositories, sessions, and what they type. */

import type { Random } from './random.ts';

const WORDS =
  'the test fails because parser does not handle empty input please add a regression case and run suite again look at file where retry loop waits too long then refactor this function into smaller parts without changing public behaviour of module use typed arrays not objects check whether cache is invalidated when branch changes update docs für Größe café 函数 🚀'.split(
    ' ',
  );
const REPOS = [
  'acme/web',
  'acme/api',
  'acme/infra',
  'globex/ledger',
  'globex/mobile',
  'initech/reports',
  'hooli/search',
];
const BRANCHES = ['main', 'develop', 'fix/flaky-retry', 'feature/sso-login', 'chore/deps', 'release/2026.11'];
export const MODELS = ['claude-opus-5-5', 'claude-sonnet-5-1', 'claude-haiku-5', 'gpt-5.1-codex', 'claude-4.5-sonnet'];
export const TOOLS = ['Bash', 'Bash', 'Read', 'Edit', 'Grep', 'Glob', 'Write', 'WebFetch', 'Task', 'mcp__jira__search'];
const COMMANDS = [
  'npm test -- --run parser',
  'git status --short',
  'rg -n "retryAfter" src | head -50',
  'node scripts/build.mjs && ls -la dist',
  'docker compose up -d postgres redis',
  'sed -n 1,120p src/http/listener.ts',
  'curl -s https://api.example.com/v1/items?limit=10 | jq .data',
];

export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly repo: string;
  readonly branch: string;
  readonly org: string;
  readonly model: string;
  /** Which version and settings of the agent the session runs with: any number. */
  readonly configuration: number;
  promptId: string;
  sequence: number;
  /** Milliseconds since the epoch; moves on with each event. */
  nowMs: number;
}

/** A session of one of a few hundred users; about one in four users has more than one session under way. */
export function newSession(random: Random, startMs: number): Session {
  const user = random.below(400);
  return {
    id: random.uuid(),
    userId: `${user.toString(16).padStart(4, '0')}c0de`.repeat(8),
    email: `dev${user}@example.com`,
    repo: random.pick(REPOS),
    branch: random.pick(BRANCHES),
    org: `org_${user % 5}`,
    model: random.pick(MODELS),
    configuration: random.below(1000),
    promptId: random.uuid(),
    sequence: 0,
    nowMs: startMs + random.below(3_600_000),
  };
}

/** Prose of about `bytes` bytes. */
export function prose(random: Random, bytes: number): string {
  let text = random.pick(WORDS);
  while (text.length < bytes) text += ` ${random.pick(WORDS)}`;
  return text;
}

/** A shell command, now and then with a secret in it, as they are typed in life. */
export function command(random: Random): string {
  const line = random.pick(COMMANDS);
  return random.below(200) === 0 ? `API_KEY=sk-test-${random.hex(24)} ${line}` : line;
}

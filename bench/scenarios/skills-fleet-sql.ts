/** The statement that makes a large fleet inside ClickHouse: many sessions with a few planted corrections among ordinary calls. */

export interface FleetSize {
  readonly sessions: number;
  readonly eventsPerSession: number;
  /** Milliseconds since the epoch; sessions end before. */
  readonly endsAtMs: number;
}

/** Ordinary commands; none of them corrects another. */
const COMMANDS = [
  ...[
    'git status',
    'git diff --stat',
    'rg config src',
    'ls -la',
    'cat package.json',
    'npx mocha',
    'node scripts/seed.js',
  ],
  ...[
    'docker compose up -d',
    'psql -c "select 1"',
    'make docs',
    'git add -A',
    'git push',
    'cargo build',
    'go vet ./...',
  ],
];

/** Wrong way and right way of each planted correction, with the repository number that it holds in. */
const PLANTS: readonly (readonly [repo: number, wrong: string, right: string])[] = [
  [0, 'npm install lodash', 'pnpm add lodash'],
  [1, 'pytest tests/test_api.py', 'uv run pytest tests/test_api.py'],
  [2, 'terraform plan', 'terraform plan -var-file=dev.tfvars'],
  [3, 'git commit -m "Fixed login"', 'git commit -m "fix(ui): login"'],
];

export const PLANTED = PLANTS.length;

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;

/**
 * Each session holds a start, an end, and between them calls of three rows (hook, decision, log). In a fifth of the
 * sessions of a plant's repository calls 5 and 6 are the mistake and its correction.
 */
export function insertFleet(tenantId: string, { sessions, eventsPerSession, endsAtMs }: FleetSize): string {
  return `
INSERT INTO coding_agent_events (event_id, tenant_id, timestamp, ingested_at, request_id, provider, signal, event_type,
  event_name, session_id, user_email, repo, cwd, tool_name, tool_use_id, command, success, exit_code, decision,
  duration_ms, attributes)
WITH
  intDiv(number, ${eventsPerSession}) AS session,
  number % ${eventsPerSession} AS step,
  intDiv(step - 1, 3) AS call,
  (step - 1) % 3 AS part,
  cityHash64(session) % 16 AS repo_number,
  step = 0 AS is_start,
  step = ${eventsPerSession - 1} AS is_end,
  cityHash64(session, 'mistake') % 5 = 0 AND repo_number < ${PLANTS.length} AS is_mistaken,
  is_mistaken AND call = 5 AS is_wrong,
  is_mistaken AND call = 6 AS is_right,
  ${list(PLANTS.map(([, wrong]) => wrong))} AS wrongs,
  ${list(PLANTS.map(([, , right]) => right))} AS rights,
  ${list(COMMANDS)} AS commands,
  multiIf(is_wrong, wrongs[repo_number + 1], is_right, rights[repo_number + 1],
    commands[cityHash64(session, call) % ${COMMANDS.length} + 1]) AS line,
  is_wrong OR (cityHash64(session, call, 'fails') % 10 = 0 AND NOT is_right) AS fails,
  toDateTime64(${Math.floor(endsAtMs / 1000)}, 6, 'UTC') - toIntervalSecond(cityHash64(session, 'at') % (20 * 86400))
    + toIntervalSecond(call * 7) + toIntervalMillisecond(part * 20) AS at
SELECT
  substring(MD5(toString(number)), 1, 16), ${text(tenantId)}, at, toDateTime64(at, 3, 'UTC'), generateUUIDv4(),
  ['claude_code', 'codex', 'cursor'][session % 3 + 1] AS agent,
  if(part = 0, 'hooks', 'logs'),
  multiIf(is_start, 'session_start', is_end, 'session_end', part = 0, 'tool_start', part = 1, 'permission_decision',
    'tool_result'),
  'generated',
  concat('session-', leftPad(toString(session), 8, '0')),
  concat('user', toString(session % 40), '@acme.test'),
  concat('acme/repo', toString(repo_number)),
  concat('/home/dev/repo', toString(repo_number)),
  if(is_start OR is_end, '', 'Bash'),
  if(is_start OR is_end, '', concat('call-', toString(session), '-', toString(call))),
  if(is_start OR is_end OR part = 1, '', line),
  if(part = 2, NOT fails, NULL), if(part = 2, fails ? 1 : 0, NULL),
  if(part = 1, 'accept', ''), if(part = 2, 400 + call, NULL),
  map('terminal.type', 'xterm', 'service.name', agent, 'host.arch', 'arm64')
FROM numbers(${sessions * eventsPerSession})`;
}

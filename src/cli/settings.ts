/**
 * What the command line reads from its environment: the one file under cli/ that touches process.env.
 * Hooks must work with none of it (an agent may start them with an empty environment).
 */

import { path } from './builtins.ts';

/** Where os.homedir() looks first; loading that module is left to an environment without it. */
const HOME_VARIABLE = process.platform === 'win32' ? 'USERPROFILE' : 'HOME';
const accountHome = absolute(process.env[HOME_VARIABLE]) === undefined ? await findAccountHome() : '';

/** Names the user may set; `moda --help` prints this table. */
export const ENVIRONMENT_NAMES = {
  MODA_API_KEY: 'the API key; wins over ~/.moda/config.json',
  MODA_ENDPOINT: 'address of the ingest server, default http://127.0.0.1:4318',
  MODA_HOOK_DEBUG: '1 writes what each hook did to ~/.moda/hook-debug.log; a path names another file',
  MODA_HOOK_SNAPSHOTS: 'off takes no workspace snapshots',
  MODA_HOOK_SNAPSHOT_MS: 'how long an agent waits for a snapshot, default 300; a longer one follows by itself',
  MODA_HOOK_TIMEOUT_MS: 'how long an agent waits for a whole hook, default 2000',
} as const;

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:4318';

export interface CliSettings {
  /** Always an absolute path, or empty: an account without a home (a container's bare user id). */
  readonly home: string;
  readonly apiKey: string | undefined;
  readonly endpoint: string | undefined;
  /** File that `moda hook` appends its trace to. */
  readonly hookDebugFile: string | undefined;
  readonly takesSnapshots: boolean;
  /** What an agent waits for a snapshot, and for a whole hook. */
  readonly snapshotBudgetMs: number;
  readonly hookBudgetMs: number;
  readonly claudeDirectory: string;
  readonly codexDirectory: string;
  readonly cursorDirectory: string;
  /** The project that the agent says it works in; agents set it for their hooks. */
  readonly projectDirectory: string | undefined;
  /** The process runs under Claude Code, whose children do not inherit OTEL variables. */
  readonly isInsideClaude: boolean;
  readonly searchPath: readonly string[];
  /** The file of certificate authorities that Node trusts here besides its own. */
  readonly extraAuthorities: string | undefined;
  /** Colours are welcome on a terminal (no-color.org). */
  readonly usesColour: boolean;
}

/** Where the queue of unsent payloads is, and the file whose time says when the server last went silent. */
export const QUEUE_FOLDER = 'queue';
export const SILENCE_FILE = 'silent';

/** A path under ~/.moda. */
export function inModaHome(home: string, ...words: string[]): string {
  return path.join(home, '.moda', ...words);
}

/** The process environment as settings. */
export function readSettings(): CliSettings {
  const { env } = process;
  const home = absolute(env[HOME_VARIABLE]) ?? accountHome;
  return {
    home,
    apiKey: text(env['MODA_API_KEY']),
    endpoint: text(env['MODA_ENDPOINT']),
    hookDebugFile: debugFile(env['MODA_HOOK_DEBUG'], home),
    takesSnapshots: !['off', '0', 'false', 'no'].includes((env['MODA_HOOK_SNAPSHOTS'] ?? '').toLowerCase()),
    snapshotBudgetMs: milliseconds(env['MODA_HOOK_SNAPSHOT_MS'], 300),
    hookBudgetMs: milliseconds(env['MODA_HOOK_TIMEOUT_MS'], 2000),
    claudeDirectory: directory(env['CLAUDE_CONFIG_DIR'], path.join(home, '.claude')),
    codexDirectory: directory(env['CODEX_HOME'], path.join(home, '.codex')),
    cursorDirectory: path.join(home, '.cursor'),
    projectDirectory: text(env['CLAUDE_PROJECT_DIR']) ?? text(env['CURSOR_PROJECT_DIR']),
    isInsideClaude: text(env['CLAUDECODE']) !== undefined,
    extraAuthorities: text(env['NODE_EXTRA_CA_CERTS']),
    usesColour: text(env['NO_COLOR']) === undefined && env['TERM'] !== 'dumb',
    searchPath: (env['PATH'] ?? '').split(path.delimiter).filter((entry) => entry !== ''),
  };
}

/** The launching shell's values of the given names, for comparison with an agent's settings file. */
export function shellValues(names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const value = process.env[name];
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/**
 * Variables a program started by this one may see. An allow list: an inherited GIT_DIR or GIT_INDEX_FILE would turn a
 * snapshot into a commit in the user's own repository, whatever is said on git's command line.
 */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const passed: Record<string, string> = { LANG: 'C' };
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'USERPROFILE', 'SystemRoot', 'PATHEXT', 'TEMP', 'TMP', 'APPDATA']) {
    const value = process.env[name];
    if (value !== undefined) passed[name] = value;
  }
  return { ...passed, ...extra };
}

/** What the user's own git would see, without what points it at another repository. */
export function userGitEnvironment(): Record<string, string> {
  const config = process.env['XDG_CONFIG_HOME'];
  return childEnvironment(config === undefined ? {} : { XDG_CONFIG_HOME: config });
}

/** The environment of this command's own background runs: the same settings, nothing else. */
export function backgroundEnvironment(): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of Object.keys(ENVIRONMENT_NAMES)) {
    const value = process.env[name];
    if (value !== undefined) own[name] = value;
  }
  for (const name of ['XDG_CONFIG_HOME', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
    const value = process.env[name];
    if (value !== undefined) own[name] = value;
  }
  return childEnvironment(own);
}

function text(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : trimmed;
}

function milliseconds(value: string | undefined, fallback: number): number {
  const named = text(value);
  return named !== undefined && /^\d{1,6}$/.test(named) ? Number(named) : fallback;
}

function directory(value: string | undefined, fallback: string): string {
  return absolute(value) ?? fallback;
}

/** A relative path would mean a file of the project that the command happens to run in. */
function absolute(value: string | undefined): string | undefined {
  const named = text(value);
  return named !== undefined && path.isAbsolute(named) ? named : undefined;
}

/** From the account, not from the environment, where an empty HOME counts as a home. */
async function findAccountHome(): Promise<string> {
  try {
    return absolute((await import('node:os')).userInfo().homedir) ?? '';
  } catch {
    // No such account, as in a container that runs under a number.
    return '';
  }
}

function debugFile(value: string | undefined, home: string): string | undefined {
  const named = text(value);
  if (named === undefined || named === '0') return undefined;
  return path.isAbsolute(named) ? named : path.join(home, '.moda', 'hook-debug.log');
}

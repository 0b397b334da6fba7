/**
 * `moda hook <agent>`: one event on standard input. Takes a snapshot if the event calls for one, sends the event with what
 * this machine knows of it, answers what the agent expects, and always ends with 0 within its time, whatever the server does.
 */

import { fs } from '../builtins.ts';
import { type CliSettings, readSettings } from '../settings.ts';
import type { ChangeFields } from '../snapshots/changed-paths.ts';
import type { DebugTrace } from './debug-trace.ts';
import { deliver, type HookConnection, hasQueue, hookConnection } from './delivery.ts';
import {
  correlationOf,
  DIALECTS,
  directoryOf,
  eventIdAt,
  eventOf,
  type HookDialect,
  type HookPayload,
  parsePayload,
  sessionOf,
  textOf,
  withFields,
} from './hook-event.ts';
import type { QueuedPost } from './post.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

const INPUT_BYTES_MAX = 32 * 1024 * 1024;
const CLOSING_BRACE = 0x7d;
/** Up to this an input is parsed at every piece that ends like an object; a longer one, to parse it once, after a pause. */
const EAGER_BYTES_MAX = 1024 * 1024;
const QUIET_MS = 20;
/** Share of the time after which what is not sent goes into the queue, so that a starved machine loses no event. */
const GIVING_UP_AT = 0.85;

export interface HookRun {
  readonly settings: CliSettings;
  readonly connection: HookConnection;
  readonly dialect: HookDialect;
  readonly payload: HookPayload;
  /** The payload as the agent wrote it. */
  readonly text: string;
  readonly event: string;
  readonly session: string;
  readonly workspace: Workspace;
  readonly firedAtMs: number;
  /** What has neither arrived nor been queued yet, by event id. */
  readonly pending: Map<string, () => QueuedPost>;
  /** Only when MODA_HOOK_DEBUG asks for it. */
  readonly trace: DebugTrace | undefined;
}

/** Runs one hook and ends the process. */
export async function runHook(agentName: string): Promise<void> {
  // performance.timeOrigin would say the same and load eight modules for it.
  const firedAtMs = Math.round(Date.now() - process.uptime() * 1000);
  const settings = readSettings();
  const trace = settings.home === '' ? undefined : await openTrace(settings.hookDebugFile);
  let answer = agentName === 'cursor' ? '{}' : '';
  const end = (step: string): never => {
    trace?.note(step);
    trace?.write();
    try {
      if (answer !== '') fs.writeSync(1, answer);
    } catch {
      // The agent no longer listens.
    }
    process.exit(0);
  };
  setTimeout(() => end('out of time'), settings.hookBudgetMs);
  const pending: HookRun['pending'] = new Map();
  setTimeout(() => {
    if (pending.size > 0) void keepPending(settings.home, pending).finally(() => end('out of time, queued'));
  }, settings.hookBudgetMs * GIVING_UP_AT);
  process.on('uncaughtException', (error) => end(`failed: ${error.name}`));
  process.on('unhandledRejection', () => end('failed: rejection'));
  // Neither a key that was saved nor a place for what waits.
  if (settings.home === '') end('no home directory');
  trace?.note(`hook ${agentName}`);
  try {
    const text = await readInput(settings.hookBudgetMs / 2);
    const payload = parsePayload(text);
    const dialect = payload === undefined ? undefined : chooseDialect(agentName, payload, settings);
    if (payload === undefined || dialect === undefined) end('not a hook payload, or another agent sends it');
    else {
      const event = eventOf(payload);
      answer = dialect.answer(event);
      const connection = hookConnection(settings);
      if (connection === undefined) return end('no API key');
      const workspace = findWorkspace(directoryOf(payload) ?? settings.projectDirectory ?? process.cwd());
      const session = sessionOf(payload);
      await send({
        settings,
        connection,
        dialect,
        payload,
        text,
        event,
        session,
        workspace,
        firedAtMs,
        pending,
        trace,
      });
    }
    end('done');
  } catch (error) {
    end(`failed: ${(error as Error).name}`);
  }
}

async function send(run: HookRun): Promise<void> {
  const { settings, connection, dialect, payload, event, session, workspace, trace } = run;
  const { home } = settings;
  trace?.note(`${event} ${session}`);
  const isEnd = event === dialect.sessionEnd;
  const marks =
    isEnd || event === dialect.sessionStart || event === dialect.stop ? await import('./session-marks.ts') : undefined;
  if (event === dialect.sessionStart && session !== '') marks?.noteSessionStart(home, dialect, session);
  const firedAt = new Date(run.firedAtMs).toISOString();
  const isFinal = isEnd || (event === dialect.stop && marks?.stopEndsSession(home, dialect, session) === true);
  const identity = isFinal && session !== '' ? marks?.endIdentity(home, dialect, session, firedAt) : undefined;
  // A stop comes with every turn: without a note of the first one, each would be an end of its own.
  const ending = isEnd || identity?.isKept === true ? identity : undefined;
  if (isEnd) marks?.noteSessionEndSeen(home, dialect);
  // A stop is a row of its own; only the end's row shares its identity with the session_end signal.
  const own = isEnd ? ending : undefined;
  const eventId = own?.eventId ?? eventIdAt(run.firedAtMs);
  const known = {
    timestamp: own?.timestamp ?? firedAt,
    event_id: eventId,
    repo: workspace.repo,
    branch: workspace.branch === '' ? undefined : workspace.branch,
    cwd: directoryOf(payload),
  };
  const route = `/v1/otel/${dialect.agent}/hooks`;
  const late = { ...known, snapshot_skipped: 'too slow' };
  run.pending.set(eventId, () => ({ route, body: withFields(run.text, payload, late) }));
  const snapshot = await snapshotFor(run, eventId);
  const body = withFields(run.text, payload, {
    ...known,
    snapshot_commit: snapshot?.commit,
    snapshot_tree: snapshot?.tree,
    snapshot_skipped: snapshot?.skipped,
    ...snapshot?.changes,
  });
  const sender = { home, connection, timeoutMs: settings.hookBudgetMs / 2 };
  run.pending.set(eventId, () => ({ route, body }));
  const posts = [deliver(sender, { route, body }, eventId)];
  if (ending !== undefined) {
    const { sessionEndBody } = await import('./session-end.ts');
    const signal = sessionEndBody(run, ending, snapshot);
    posts.push(deliver(sender, { route: '/v1/sessions/end', body: signal }, `${eventId}-end`));
  }
  const deliveries = await Promise.all(posts);
  run.pending.clear();
  trace?.note(deliveries.join(' '));
  await followUp(run, deliveries.includes('sent') && hasQueue(home), ending !== undefined);
}

export interface HookSnapshot {
  readonly commit: string | undefined;
  readonly tree: string | undefined;
  readonly skipped: string | undefined;
  readonly changes: ChangeFields;
  readonly details: { readonly ref: string; readonly sequence: number; readonly repository: string } | undefined;
}

async function snapshotFor(run: HookRun, eventId: string): Promise<HookSnapshot | undefined> {
  const { settings, dialect, event, trace } = run;
  if (!settings.takesSnapshots || run.session === '' || !dialect.snapshotEvents.has(event)) return undefined;
  const { snapshotWithinBudget } = await import('./hook-snapshot.ts');
  const snapshot = await snapshotWithinBudget(run, eventId, correlationOf(run.payload));
  trace?.note(`snapshot ${snapshot.skipped ?? snapshot.commit}`);
  return snapshot;
}

/** Leaves the rest to a process that the agent does not wait for. */
async function followUp(run: HookRun, isQueueWaiting: boolean, isFinal: boolean): Promise<void> {
  if (!isQueueWaiting && !isFinal) return;
  const { startBackground } = await import('../background.ts');
  startBackground(run.settings.home, { kind: isFinal ? 'maintain' : 'flush' });
}

/** Same event id: should the server have it after all, the two become one row. */
async function keepPending(home: string, pending: HookRun['pending']): Promise<void> {
  const { enqueue } = await import('./queue.ts');
  for (const [id, queued] of pending) enqueue(home, queued(), Date.now(), id);
}

async function openTrace(file: string | undefined): Promise<DebugTrace | undefined> {
  if (file === undefined) return undefined;
  const { DebugTrace } = await import('./debug-trace.ts');
  return new DebugTrace(file);
}

/**
 * The agent's dialect. Cursor also runs the hooks of Claude Code's settings: its events then come twice, and the copy that
 * claims to be Claude Code is dropped when Cursor's own hooks are installed, else taken as Cursor's.
 */
function chooseDialect(name: string, payload: HookPayload, settings: CliSettings): HookDialect | undefined {
  const dialect = Object.values(DIALECTS).find(({ agent }) => agent === name);
  if (dialect?.agent !== 'claude' || textOf(payload['cursor_version']) === undefined) return dialect;
  try {
    if (fs.readFileSync(`${settings.cursorDirectory}/hooks.json`, 'utf8').includes('moda-hook')) return undefined;
  } catch {
    // Cursor has no hooks of its own here.
  }
  return DIALECTS.cursor;
}

/**
 * The payload on standard input: complete at the end of input, or as soon as it parses, since an agent may leave the pipe
 * open; what there is after `waitMs` counts. A terminal gives nothing.
 */
async function readInput(waitMs: number): Promise<string> {
  const { stdin } = process;
  if (stdin.isTTY === true) return '';
  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve) => {
    setTimeout(resolve, waitMs);
    let quiet: NodeJS.Timeout | undefined;
    const resolveWhenComplete = (): void => {
      if (parsePayload(decode(chunks)) !== undefined) resolve();
    };
    stdin.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > INPUT_BYTES_MAX) resolve();
      else chunks.push(chunk);
      clearTimeout(quiet);
      if (chunk.at(-1) !== CLOSING_BRACE) return;
      if (bytes <= EAGER_BYTES_MAX) resolveWhenComplete();
      else quiet = setTimeout(resolveWhenComplete, QUIET_MS);
    });
    stdin.on('end', resolve);
    stdin.on('error', () => resolve());
  });
  return decode(chunks);
}

function decode(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

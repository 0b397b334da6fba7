/**
 * chDB inside the engine's process: the only file that loads it. Every request gets a Session of its own (0.2 ms to
 * open), so that a setting, a parameter or USE of one request cannot reach the next; one more Session stays open for
 * the life of the process and keeps the store's lock. Sessions on one directory run in parallel.
 */

import { randomBytes } from 'node:crypto';

import type { Session } from 'chdb';

import { NAMED_SESSIONS_MAX, READS_MAX, WAIT_MS, WAITING_MAX, WRITES_MAX } from './engine-limits.ts';
import { EngineException } from './exception.ts';
import { Lane } from './lane.ts';
import type { RequestParameters } from './request-parameters.ts';

type Chdb = typeof import('chdb');

/** What a session is set to before its statement runs. */
export interface SessionContext {
  readonly database: string;
  readonly queryParameters: ReadonlyMap<string, string>;
  /** What the request asked for. */
  readonly settings: ReadonlyMap<string, string>;
  /** What holds unless the request asks otherwise; a named session gets it once, at its start. */
  readonly defaults: Settings;
  readonly named: RequestParameters['session'];
}

type Settings = readonly (readonly [name: string, value: string])[];

interface NamedSession {
  readonly session: Session;
  isBusy: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Differences between a local engine and a server that a client could notice. */
const SERVER_LIKE: Settings = [
  ['implicit_select', '0'],
  ['allow_introspection_functions', '0'],
];

export class ChdbHost {
  readonly version: string;
  readonly timezone: string;
  /** Content types by output format. */
  readonly formats: ReadonlyMap<string, string>;
  private readonly chdb: Chdb;
  private readonly store: string;
  private readonly lockHolder: Session;
  private readonly named = new Map<string, NamedSession>();
  private readonly lanes = {
    read: new Lane({ name: 'read', running: READS_MAX, waitingMax: WAITING_MAX, waitMs: WAIT_MS }),
    write: new Lane({ name: 'write', running: WRITES_MAX, waitingMax: WAITING_MAX, waitMs: WAIT_MS }),
  };

  /** Opens the store and takes its lock. Throws with code 76 while another process has it. */
  constructor(chdb: Chdb, store: string, engineArguments: readonly string[]) {
    this.chdb = chdb;
    this.store = store;
    this.lockHolder = new chdb.Session(store, { connectionArgs: engineArguments });
    const about = this.lockHolder.query('SELECT version(), timezone()', 'TabSeparated').trim().split('\t');
    this.version = about[0] ?? '';
    this.timezone = about[1] ?? '';
    const formats = this.lockHolder.query(
      'SELECT name, content_type FROM system.formats WHERE is_output',
      'TabSeparated',
    );
    this.formats = new Map(formats.split('\n').map((line) => line.split('\t') as [string, string]));
  }

  /** Runs `use` with a session set to `context`, when its lane has a place; chDB's errors come out as they are. */
  async withSession<T>(
    lane: 'read' | 'write',
    context: SessionContext,
    use: (session: Session) => Promise<T>,
  ): Promise<T> {
    return this.lanes[lane].run(() =>
      context.named === undefined ? this.withOwnSession(context, use) : this.withNamedSession(context, use),
    );
  }

  /** Asks the engine to stop the queries that carry this log_comment; the client is gone. Never throws. */
  async cancel(logComment: string): Promise<void> {
    const session = new this.chdb.Session(this.store);
    try {
      await session.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quote(logComment)} ASYNC`);
    } catch {
      // The query ended by itself meanwhile; there is nothing to stop.
    } finally {
      session.close();
    }
  }

  /** Waits until no write runs, at most `waitMs`; reads are not waited for. */
  async drainWrites(waitMs: number): Promise<void> {
    const deadline = Date.now() + waitMs;
    while (!this.lanes.write.isIdle && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  close(): void {
    for (const { session, timer } of this.named.values()) {
      clearTimeout(timer);
      session.close();
    }
    this.lockHolder.close();
  }

  private async withOwnSession<T>(context: SessionContext, use: (session: Session) => Promise<T>): Promise<T> {
    const session = new this.chdb.Session(this.store);
    try {
      await applySettings(session, new Map([...SERVER_LIKE, ...context.defaults, ...context.settings]));
      await applyContext(session, context);
      return await use(session);
    } finally {
      session.close();
    }
  }

  private async withNamedSession<T>(context: SessionContext, use: (session: Session) => Promise<T>): Promise<T> {
    const { id, timeoutSeconds, mustExist } = context.named!;
    const isNew = !this.named.has(id);
    const entry = this.named.get(id) ?? this.createNamed(id, mustExist);
    if (entry.isBusy)
      throw new EngineException(
        373,
        'SESSION_IS_LOCKED',
        `Session ${id.slice(0, 64)} is locked by a concurrent client.`,
      );
    entry.isBusy = true;
    clearTimeout(entry.timer);
    try {
      if (isNew) await applySettings(entry.session, new Map([...SERVER_LIKE, ...context.defaults]));
      await applySettings(entry.session, context.settings);
      await applyContext(entry.session, context);
      return await use(entry.session);
    } finally {
      entry.isBusy = false;
      entry.timer = setTimeout(() => this.expire(id), timeoutSeconds * 1000);
      entry.timer.unref();
    }
  }

  private createNamed(id: string, mustExist: boolean): NamedSession {
    if (mustExist) throw new EngineException(372, 'SESSION_NOT_FOUND', `Session ${id.slice(0, 64)} not found.`);
    if (this.named.size >= NAMED_SESSIONS_MAX) {
      throw new EngineException(
        202,
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many sessions. Maximum: ${NAMED_SESSIONS_MAX}.`,
      );
    }
    const entry: NamedSession = { session: new this.chdb.Session(this.store), isBusy: false, timer: undefined };
    this.named.set(id, entry);
    return entry;
  }

  private expire(id: string): void {
    this.named.get(id)?.session.close();
    this.named.delete(id);
  }
}

/** A mark for one query that `cancel` finds it by. */
export function newLogComment(): string {
  return `embedded-${randomBytes(12).toString('hex')}`;
}

async function applySettings(session: Session, settings: ReadonlyMap<string, string>): Promise<void> {
  if (settings.size === 0) return;
  await session.queryAsync(`SET ${[...settings].map(([name, value]) => `${name} = ${quote(value)}`).join(', ')}`);
}

async function applyContext(session: Session, context: SessionContext): Promise<void> {
  for (const [name, value] of context.queryParameters) {
    await session.queryAsync(`SET param_${name} = ${quote(value)}`);
  }
  if (context.database !== '') await session.queryAsync(`USE \`${context.database.replace(/[\\`]/g, '\\$&')}\``);
}

/** A string literal of ClickHouse's SQL. */
function quote(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

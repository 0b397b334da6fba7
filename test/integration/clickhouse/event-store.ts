/** A migrated engine and a tenant of its own for each test, for the views: rows go in as the agents' dialects give them. */

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { StoreClient } from '../../../src/clickhouse/client.ts';
import { migrate } from '../../../src/clickhouse/migrations.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

export type Row = Readonly<Record<string, unknown>>;

export const log = (row: Row): Row => ({ signal: 'logs', ...row });
export const hook = (row: Row): Row => ({ signal: 'hooks', ...row });
export const span = (row: Row): Row => ({ signal: 'traces', ...row });
/** Tokens of a model call that the test prices know. */
export const usage = { event_type: 'api_request', model: 'm', input_tokens: 1000, output_tokens: 100 };

/** Dollars per million tokens, made for arithmetic by head. */
const TEST_PRICES = [
  { model: 'm', validFrom: '2026-01-01', input: 1, output: 10, cacheRead: 0.1, cacheCreation: 2 },
  { model: 'm', validFrom: '2026-06-01', input: 2, output: 20, cacheRead: 0.2, cacheCreation: 4 },
  { model: 'm-large', validFrom: '2026-03-01', input: 5, output: 50, cacheRead: 0.5, cacheCreation: 10 },
  { model: 'gpt-5', validFrom: '2020-01-01', input: 1, output: 10, cacheRead: 0.1, cacheCreation: 1 },
];

/** 2026-11-22 10:00:00 UTC and so many seconds, as ClickHouse takes it. */
export const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 22, 10, 0, 0) + seconds * 1000).toISOString().slice(0, 23).replace('T', ' ');

export class EventStore {
  tenant = '';
  readonly client: StoreClient;
  private readonly open: OpenEngine;
  private ordinal = 0;

  private constructor(open: OpenEngine, client: StoreClient) {
    this.open = open;
    this.client = client;
  }

  static async start(): Promise<EventStore> {
    const open = await openEngine();
    const client = open.client('moda');
    await migrate(client, {
      layout: { database: 'moda', isSynced: true },
      retentionRawDays: 30,
      retentionEventsDays: 365,
      prices: TEST_PRICES,
      now: () => Date.parse('2026-11-22T12:00:00Z'),
    });
    return new EventStore(open, client);
  }

  newTenant(): string {
    this.tenant = randomUUID();
    return this.tenant;
  }

  /** Inserts events with what they have; the rest is empty or NULL, as in the table. `at` gives the time in seconds. */
  async store(...rows: Row[]): Promise<void> {
    const complete = rows.map(({ at: seconds, ...row }) => {
      this.ordinal += 1;
      return {
        tenant_id: this.tenant,
        event_id: String(this.ordinal).padStart(16, '0'),
        ingested_at: '2026-11-22 12:00:00.000',
        provider: 'claude_code',
        session_id: 's',
        timestamp: at(typeof seconds === 'number' ? seconds : 0),
        ...row,
      };
    });
    await this.client.insertRows('coding_agent_events', complete);
  }

  read(view: string, columns: string, order = '1'): Promise<Row[]> {
    const sql = `SELECT ${columns} FROM ${view} WHERE tenant_id = {tenant:String} ORDER BY ${order}`;
    return this.client.rows(sql, { tenant: this.tenant });
  }

  close(): Promise<void> {
    return this.open.close();
  }
}

/** A store for the tests of the calling file, each of which has a tenant of its own. */
export function useEventStore() {
  let events: EventStore;
  beforeAll(async () => {
    events = await EventStore.start();
  });
  afterAll(() => events.close());
  beforeEach(() => {
    events.newTenant();
  });
  return {
    events: () => events,
    store: ((...rows) => events.store(...rows)) as EventStore['store'],
    read: ((...query) => events.read(...query)) as EventStore['read'],
  };
}

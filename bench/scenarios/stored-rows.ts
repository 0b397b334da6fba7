/** After a run: are the rows that were acknowledged where they belong, all of them, once? */

import { queryStore } from '../peers/store-query.ts';
import { readLedger } from './ledger.ts';
import type { Stand } from './stand.ts';

export interface Sent {
  readonly acknowledged: number;
  readonly events: number;
}

export interface StoredRows {
  /** Event rows and raw rows of acknowledged requests. */
  readonly sent: number;
  readonly stored: number;
}

/**
 * Waits until nothing is on its way and compares. `brokenOff`: requests that a generator may have cut at its end, which
 * the server may have acknowledged all the same.
 */
export async function checkStored(stand: Stand, sent: Sent, brokenOff: number): Promise<StoredRows> {
  const ledger = await readLedger(stand.port, ({ spooled }) => spooled === 0);
  const rowsSent = sent.acknowledged + sent.events;
  if (ledger.taken !== ledger.inserted || ledger.deadLettered !== 0) {
    throw new Error(`rows are missing: ${JSON.stringify(ledger)}`);
  }
  const extra = ledger.acknowledged - sent.acknowledged;
  if (extra < 0 || extra > brokenOff) {
    throw new Error(`${sent.acknowledged} requests were answered, the server acknowledged ${ledger.acknowledged}`);
  }
  const stored = stand.sink === undefined ? await countInStore(stand.storeUrl) : ledger.inserted;
  if (stored < rowsSent || (brokenOff === 0 && stored !== rowsSent)) {
    throw new Error(`${rowsSent} rows were acknowledged, ${stored} are stored`);
  }
  return { sent: rowsSent, stored };
}

async function countInStore(storeUrl: string): Promise<number> {
  const sql = 'SELECT (SELECT count() FROM moda.events_raw) + (SELECT count() FROM moda.coding_agent_events)';
  return Number(await queryStore(storeUrl, sql));
}

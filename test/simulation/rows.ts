/** Rows of the simulation and the frames that carry them: payloads that say who is inside. */

import { crc32 } from 'node:zlib';
import type { Frame } from '../../src/model/frame.ts';
import type { TableName } from '../../src/model/schema.ts';
import type { Chance } from './virtual-time.ts';

export interface SimulatedRow {
  readonly id: number;
  readonly table: TableName;
  readonly requestId: string;
  readonly tenant: string;
  readonly day: number;
  /** The store refuses any batch with it. */
  readonly isPoison: boolean;
}

/** The rows of a body, which must be whole frames. */
export function rowsOf(body: readonly Uint8Array[]): SimulatedRow[] {
  return body.flatMap((payload) => JSON.parse(Buffer.from(payload).toString('utf8')).rows);
}

/** One frame with the rows; the filler varies its size. */
export function frameOf(rows: readonly SimulatedRow[], fillerBytes: number): Frame {
  const { table, day } = rows[0]!;
  const bytes = new TextEncoder().encode(JSON.stringify({ rows, filler: 'x'.repeat(fillerBytes) }));
  const requestIds = [...new Set(rows.map((row) => row.requestId))];
  const perTenant = new Map<string, number>();
  for (const row of rows) perTenant.set(row.tenant, (perTenant.get(row.tenant) ?? 0) + 1);
  return {
    table,
    format: 'RowBinary',
    rows: rows.length,
    rawBytes: bytes.length,
    bytes,
    crc32: crc32(bytes),
    requestIds: Uint8Array.from(Buffer.from(requestIds.join(''), 'hex')),
    tenantRows: Object.fromEntries(perTenant),
    day,
  };
}

export interface SimulatedTask {
  readonly frames: readonly Frame[];
  readonly rows: readonly SimulatedRow[];
}

/** What one worker task brings: a few requests, each with a raw row and some events, in one frame a table or several. */
export class Tasks {
  readonly #chance: Chance;
  #nextId = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  next(day: number, poison: number): SimulatedTask {
    const chance = this.#chance;
    const raw: SimulatedRow[] = [];
    const events: SimulatedRow[] = [];
    const requests = chance.between(1, 4);
    for (let request = 0; request < requests; request++) {
      const requestId = Buffer.from(chance.bytes(16)).toString('hex');
      const tenant = chance.pick(['acme', 'umbra', '__proto__']);
      const row = (table: TableName): SimulatedRow => {
        const isPoison = chance.chance(poison);
        return { id: this.#nextId++, table, requestId, tenant, day, isPoison };
      };
      raw.push(row('events_raw'));
      const count = chance.between(0, 5);
      for (let event = 0; event < count; event++) events.push(row('coding_agent_events'));
    }
    return { frames: [...this.#cut(raw), ...this.#cut(events)], rows: [...raw, ...events] };
  }

  /** A ring side that fills up in the middle of a request gives a second frame. */
  #cut(rows: readonly SimulatedRow[]): Frame[] {
    if (rows.length === 0) return [];
    const filler = this.#chance.between(0, 300);
    if (rows.length < 2 || !this.#chance.chance(0.2)) return [frameOf(rows, filler)];
    const at = this.#chance.between(1, rows.length - 1);
    return [frameOf(rows.slice(0, at), filler), frameOf(rows.slice(at), filler)];
  }
}

/** One life of the server's spool and sink inside the simulated world, from start to stop or kill. */

import { DeadLetters } from '../../src/sink/dead-letters.ts';
import type { Inserter } from '../../src/sink/inserter.ts';
import { type Sink, startSink } from '../../src/sink/sink.ts';
import { Ledger } from '../../src/spool/ledger.ts';
import type { EventLog } from '../../src/spool/ports.ts';
import type { StoredColumns } from '../../src/spool/segment-header.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';
import type { FaultyDisk } from './faulty-disk.ts';
import type { Chance, VirtualTime } from './virtual-time.ts';

export const SPOOL_MAX_BYTES = 400_000;
export const IN_FLIGHT_MAX = 3;

/** Few, so that a segment's head is short. */
export const COLUMNS: StoredColumns = {
  events_raw: [
    ['request_id', 'UUID'],
    ['raw_event', 'String'],
  ],
  coding_agent_events: [
    ['event_id', 'FixedString(16)'],
    ['tenant_id', 'LowCardinality(String)'],
  ],
};

export interface World {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly spoolDisk: FaultyDisk;
  readonly deadDisk: FaultyDisk;
  readonly inserter: Inserter;
  readonly log: EventLog;
}

export interface Process {
  readonly spool: Spool;
  readonly sink: Sink;
  /** Rows that this life acknowledged, inserted and set aside, per tenant: its ledger. */
  readonly acknowledged: Ledger;
  readonly inserted: Ledger;
  readonly buried: Ledger;
  /** What earlier lives left is in the spool. */
  hasRecovered: boolean;
  inFlightPeak: number;
  /** SIGKILL: nothing of it runs any more. */
  kill(): void;
}

export async function startProcess(world: World): Promise<Process> {
  const { time, chance } = world;
  let isAlive = true;
  const clock = time.clock(() => isAlive);
  const deadLetters = new DeadLetters(
    world.deadDisk.attach(() => isAlive),
    1_000_000,
  );
  const openIt = (): Promise<Spool> =>
    openSpool({
      disk: world.spoolDisk.attach(() => isAlive),
      durability: 'disk',
      maxBytes: SPOOL_MAX_BYTES,
      flushRows: 60,
      flushBytes: 12_000,
      flushIntervalMs: 1000,
      clock,
      randomBytes: (count) => chance.bytes(count),
      schemaVersion: 1,
      columns: COLUMNS,
      log: world.log,
    });
  // A supervisor starts again what does not start.
  const retry = async <T>(task: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await task();
      } catch {
        await time.sleep(100);
      }
    }
  };
  await retry(() => deadLetters.refresh());
  const spool = await retry(openIt);
  const ledgers = { acknowledged: new Ledger(), inserted: new Ledger(), buried: new Ledger() };
  const sink = startSink({
    spool,
    inserter: aliveOnly(world.inserter, () => isAlive),
    deadLetters,
    clock,
    random: () => chance.next(),
    log: world.log,
    inFlightMax: IN_FLIGHT_MAX,
    events: {
      inserted: (event) => ledgers.inserted.add(event.tenantRows),
      buried: (event) => ledgers.buried.add(event.tenantRows),
      failed() {},
      flushed() {
        life.inFlightPeak = Math.max(life.inFlightPeak, sink.status().inFlight);
      },
    },
  });
  const life: Process = {
    spool,
    sink,
    ...ledgers,
    hasRecovered: false,
    inFlightPeak: 0,
    kill() {
      isAlive = false;
    },
  };
  void spool.recovered.then(() => {
    life.hasRecovered = true;
  });
  return life;
}

/** Requests of a killed process reach the store or not; their answers reach nobody. */
function aliveOnly(inserter: Inserter, isAlive: () => boolean): Inserter {
  const never = new Promise<never>(() => undefined);
  const guard = <T>(answer: Promise<T>): Promise<T> => answer.then((value) => (isAlive() ? value : never));
  return {
    isSharded: inserter.isSharded,
    insert: (request) => guard(inserter.insert(request)),
    countRequests: (table, ids, day, signal) => guard(inserter.countRequests(table, ids, day, signal)),
    describe: (table, signal) => guard(inserter.describe(table, signal)),
  };
}

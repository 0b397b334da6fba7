/**
 * `node test/faults/run-outage-server.ts [--fault restart|stop|refuse|hang] [--seconds 120] [--records 5000]`: spool and
 * sink against a ClickHouse server of Debian (apt-get install clickhouse-server) that goes away under load. Exits 1 when
 * something does not hold.
 */

import { parseArgs } from 'node:util';
import { createStoreClient } from '../../src/clickhouse/client.ts';
import { removeDirectories, startKeeping, temporaryDirectory } from '../integration/sink/sink-set-up.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { createOldTables, OLD_COLUMNS, openOldServer, speakOld } from './old-server.ts';
import { memoryOf } from './outage.ts';
import { smallFrame, storedRows } from './small-tables.ts';

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'restart' },
    seconds: { type: 'string', default: '120' },
    records: { type: 'string', default: '5000' },
  },
});
const RECORDS_PER_REQUEST = 100;
const LEAD_MS = 5000;
const TAIL_MS = 3000;
const STORED_MS_MAX = 60_000;
const GROWTH_MIB_MAX = 48;

const server = await openOldServer();
const proxy = await startFaultProxy({ port: server.port });
const direct = createStoreClient({ url: `http://127.0.0.1:${server.port}`, database: 'kept' });
await createOldTables(direct);
const keeping = await startKeeping({
  directory: await temporaryDirectory(),
  url: `http://default:@127.0.0.1:${proxy.port}`,
  database: 'kept',
  columns: OLD_COLUMNS,
  flushIntervalMs: 1000,
  requestTimeoutMs: 120_000,
  insertEncoding: 'blocks',
  through: speakOld,
});

let requests = 0;
let acknowledged = 0;
let refused = 0;
async function append(): Promise<void> {
  const request = requests++;
  const raw = smallFrame('events_raw', request, 1, Date.now());
  const first = request * RECORDS_PER_REQUEST;
  const events = smallFrame('coding_agent_events', first, RECORDS_PER_REQUEST, Date.now(), raw.requestIds);
  await keeping.spool.append([raw, events]).then(
    () => acknowledged++,
    () => refused++,
  );
}

const residentMiB: number[] = [];
const open = new Set<Promise<void>>();
/** Steady load for a while; `isSampled` notes the memory once a second. */
async function load(durationMs: number, isSampled = false): Promise<void> {
  const start = performance.now();
  const perMs = Number(values.records) / RECORDS_PER_REQUEST / 1000;
  let sent = 0;
  for (let now = start; now < start + durationMs; now = performance.now()) {
    for (; sent < (now - start) * perMs; sent++) {
      const one = append();
      open.add(one);
      void one.finally(() => open.delete(one));
    }
    if (isSampled && residentMiB.length < (now - start) / 1000) residentMiB.push(process.memoryUsage.rss() / 1024 ** 2);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const breakStore: Record<string, () => Promise<void>> = {
  restart: () => server.kill(),
  stop: async () => void process.kill(server.pid, 'SIGSTOP'),
  refuse: () => proxy.set({ kind: 'refuse' }),
  hang: () => proxy.set({ kind: 'hang' }),
};
const mendStore: Record<string, () => Promise<void>> = {
  restart: () => server.start(),
  stop: async () => void process.kill(server.pid, 'SIGCONT'),
  refuse: () => proxy.set({ kind: 'pass' }),
  hang: () => proxy.set({ kind: 'pass' }),
};

await load(LEAD_MS);
await breakStore[values.fault]!();
await load(Number(values.seconds) * 1000, true);
const spoolMiB = keeping.spool.status().bytes / 1024 ** 2;
await mendStore[values.fault]!();
const backAtMs = performance.now();
await load(TAIL_MS);
await Promise.all(open);
const isStored = await keeping.sink.drain(2 * STORED_MS_MAX);
const storedMs = performance.now() - backAtMs;
const raw = await storedRows(direct, 'events_raw');
const events = await storedRows(direct, 'coding_agent_events');
const isOnce = (rows: ReadonlyMap<number, number>, count: number): boolean =>
  rows.size === count && [...rows.values()].every((times) => times === 1);
const { second, last, growthMiB } = memoryOf(residentMiB);
const judgements: readonly (readonly [boolean, string])[] = [
  [refused === 0 && acknowledged === requests, `${acknowledged} of ${requests} requests accepted`],
  [isStored && storedMs < STORED_MS_MAX, `all stored ${(storedMs / 1000).toFixed(1)} s after the store was back`],
  [isOnce(raw, requests), `${raw.size} raw rows of ${requests}, each once`],
  [isOnce(events, requests * RECORDS_PER_REQUEST), `${events.size} event rows, each once`],
  [keeping.buried.length === 0, `${keeping.buried.length} parts set aside`],
  [growthMiB < GROWTH_MIB_MAX, `resident memory ${second.toFixed(0)} → ${last.toFixed(0)} MiB in the outage`],
];
process.stdout.write(
  `${values.fault} for ${values.seconds} s at ${values.records} records/s, spool ${spoolMiB.toFixed(0)} MiB\n`,
);
for (const [holds, sentence] of judgements) {
  process.stdout.write(`${holds ? 'holds' : 'FAILS'}: ${sentence}\n`);
  if (!holds) process.exitCode = 1;
}
await keeping.stop();
await direct.close();
await proxy.close();
await server.close();
await removeDirectories();

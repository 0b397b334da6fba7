/**
 * Mutated requests over HTTP to the whole server, with its workers, spool and engine: it answers each, never with a 5xx
 * but 503, loses no worker, sets no row aside (what it made of a broken body, the store takes) and keeps its memory.
 */

import { connect } from 'node:net';
import { Connection } from '../../bench/load/connection.ts';
import { readLedger } from '../../bench/scenarios/ledger.ts';
import { Chance } from '../simulation/virtual-time.ts';
import { type FuzzedRequest, fuzzedRequest, fuzzedText } from './mutations.ts';
import { memoryOf } from './outage.ts';
import { type FaultStand, keyOf, openFaultStand } from './stand.ts';

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
}

export interface FuzzReport {
  readonly sent: number;
  readonly seconds: number;
  /** Answers by status; 0: the connection ended without one, which only a changed head may bring about. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly unansweredBodies: number;
  readonly workersLost: number;
  readonly rows: { readonly taken: number; readonly inserted: number; readonly deadLettered: number };
  readonly residentMiB: readonly number[];
}

const CONNECTIONS = 48;
/** Of the requests; each needs a connection of its own. */
const CHANGED_HEADS = 0.05;
const SAMPLE_MS = 500;
/** 505 is what the listener's parser says to a head without a known HTTP version; of the server's own only 503. */
const KNOWN = [0, 100, 200, 400, 401, 404, 405, 408, 411, 413, 415, 429, 431, 503, 505];

export async function runHttpFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const stand = await openFaultStand({ settings: {}, tenants: 1, fleet: [] });
  const residentMiB: number[] = [];
  const sampling = setInterval(() => {
    void stand.server.stats().then(({ residentBytes }) => residentMiB.push(residentBytes / 1024 ** 2));
  }, SAMPLE_MS);
  try {
    const started = performance.now();
    const counts = await sendAll(stand, options);
    const seconds = (performance.now() - started) / 1000;
    clearInterval(sampling);
    const { taken, inserted, deadLettered } = await readLedger(stand.port, ({ spooled }) => spooled === 0);
    const workersLost = await readCounter(stand.port, 'moda_workers_lost_total');
    return { ...counts, seconds, workersLost, rows: { taken, inserted, deadLettered }, residentMiB };
  } finally {
    clearInterval(sampling);
    await stand.close();
  }
}

interface Counts {
  sent: number;
  unansweredBodies: number;
  readonly statuses: Record<number, number>;
}

async function sendAll(stand: FaultStand, { requests, seed }: FuzzOptions): Promise<Counts> {
  const counts: Counts = { sent: 0, unansweredBodies: 0, statuses: {} };
  const key = keyOf(stand.tenants[0]!);
  const note = (status: number): void => {
    counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
  };
  const run = async (index: number): Promise<void> => {
    const chance = new Chance(seed * 1000 + index);
    const connection = new Connection(stand.port);
    while (counts.sent < requests) {
      counts.sent += 1;
      const request = fuzzedRequest(chance);
      if (chance.chance(CHANGED_HEADS)) {
        for (const status of await sendText(stand.port, fuzzedText(request, key, chance))) note(status);
        continue;
      }
      const status = await new Promise<number>((resolve) => connection.send(bytesOf(request, key), resolve));
      if (status === 0) counts.unansweredBodies += 1;
      note(status);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => run(index)));
  return counts;
}

function bytesOf({ path, headers, body }: FuzzedRequest, key: string): Buffer {
  const fields = Object.entries({
    host: 'x',
    authorization: `Bearer ${key}`,
    ...headers,
    'content-length': body.length,
  });
  const head = `POST ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** Sends bytes on a connection of their own, ends the stream, and returns the statuses of what came back. */
function sendText(port: number, bytes: Buffer): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      // One answer is what a client would wait for; a request that is never complete has none, and is given up below.
      socket.end();
    });
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]));
      resolve(statuses.length === 0 ? [0] : statuses);
    });
    socket.write(bytes);
  });
}

/** A head that ends nowhere is waited for by the server for 10 s: the client gives up earlier. */
const SILENCE_MS = 250;

async function readCounter(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** What does not hold of the report, as sentences. */
export function judgeFuzz(report: FuzzReport, growthMiBMax: number): string[] {
  const { statuses, rows, residentMiB } = report;
  const unknown = Object.keys(statuses).filter((status) => !KNOWN.includes(Number(status)));
  const { growthMiB } = memoryOf(residentMiB);
  return [
    ...(unknown.length > 0 ? [`answers ${JSON.stringify(statuses)}`] : []),
    ...(report.unansweredBodies > 0 ? [`${report.unansweredBodies} requests with a sound head had no answer`] : []),
    ...(report.workersLost > 0 ? [`${report.workersLost} workers were lost`] : []),
    ...(rows.deadLettered > 0 ? [`${rows.deadLettered} rows were set aside`] : []),
    ...(rows.taken !== rows.inserted ? [`${rows.taken} rows taken, ${rows.inserted} inserted`] : []),
    ...(growthMiB > growthMiBMax ? [`resident memory grew by ${growthMiB.toFixed(0)} MiB`] : []),
  ];
}

/**
 * A ClickHouse server as Debian ships it (18.16), started by hand: wire, retries and outages against the real thing. It
 * has no DateTime64, no `Content-Encoding: lz4`, no query parameters and no deduplication tokens, so its tables are plain
 * ones, and a token that was sent before is stood in for by looking first.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decompressFrameSync } from 'lz4-napi';
import type { QueryParameters, StoreClient } from '../../src/clickhouse/client.ts';
import type { StoredColumns } from '../../src/spool/segment-header.ts';

/** Byte for byte what small-tables.ts writes: its DateTime64 is an Int64 here. */
export const OLD_COLUMNS: StoredColumns = {
  events_raw: [
    ['timestamp', 'Int64'],
    ['request_id', 'UUID'],
    ['row', 'UInt64'],
  ],
  coding_agent_events: [
    ['ingested_at', 'Int64'],
    ['request_id', 'UUID'],
    ['row', 'UInt64'],
  ],
};

export interface OldServer {
  readonly port: number;
  readonly pid: number;
  /** SIGKILL; returns when the process is gone. */
  kill(): Promise<void>;
  /** Starts it on the same port and directory; returns when it answers. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts `clickhouse-server` from PATH. */
export async function openOldServer(): Promise<OldServer> {
  const directory = await mkdtemp(join(tmpdir(), 'moda-old-server-'));
  const port = await freePort();
  await writeFile(join(directory, 'config.xml'), configText(directory, port, await freePort()));
  await writeFile(join(directory, 'users.xml'), USERS);
  let child: ChildProcess;
  const kill = async (): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const start = async (): Promise<void> => {
    child = spawn('clickhouse-server', [`--config-file=${join(directory, 'config.xml')}`], { stdio: 'ignore' });
    await once(child, 'spawn');
    while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await start();
  return {
    port,
    get pid() {
      return child.pid ?? Number.NaN;
    },
    kill,
    start,
    async close() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/ping`).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function configText(directory: string, httpPort: number, tcpPort: number): string {
  return `<yandex>
  <logger><level>error</level><errorlog>${directory}/error.log</errorlog></logger>
  <listen_host>127.0.0.1</listen_host><http_port>${httpPort}</http_port><tcp_port>${tcpPort}</tcp_port>
  <path>${directory}/data/</path><tmp_path>${directory}/tmp/</tmp_path><user_files_path>${directory}/files/</user_files_path>
  <users_config>${directory}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
</yandex>`;
}

const USERS = `<yandex>
  <profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
  <quotas><default></default></quotas>
</yandex>`;

export async function createOldTables(client: StoreClient): Promise<void> {
  await client.createDatabase('');
  for (const [table, columns] of Object.entries(OLD_COLUMNS)) {
    const list = columns.map(([name, type]) => `${name} ${type}`).join(', ');
    await client.command(`CREATE TABLE ${client.database}.${table} (${list}) ENGINE = MergeTree ORDER BY row`);
  }
}

/** How often a token that was sent before is looked for, a second apart: its first INSERT may still be running. */
const LOOKS = 3;

/** The product's client with the two statements that the old server does not know put into its words. */
export function speakOld(client: StoreClient): StoreClient {
  const count = async (table: string, ids: readonly string[], signal?: AbortSignal): Promise<{ found: string }[]> => {
    const list = ids.map((id) => `toUUID('${id}')`).join(', ');
    return client.rows(`SELECT count() AS found FROM ${table} WHERE request_id IN (${list})`, {}, {}, signal);
  };
  /** Token → a request id of its batch, once it was sent. */
  const sent = new Map<string, string>();
  return {
    database: client.database,
    isCluster: client.isCluster,
    command: (sql) => client.command(sql),
    insertRows: (table, rows) => client.insertRows(table, rows),
    bytes: (sql, format) => client.bytes(sql, format),
    createDatabase: (clause) => client.createDatabase(clause),
    ping: (signal) => client.ping(signal),
    close: () => client.close(),
    rows<T>(sql: string, parameters: QueryParameters = {}, _settings = {}, signal?: AbortSignal): Promise<T[]> {
      const table = /SELECT count\(\) AS found FROM (\w+)/.exec(sql)?.[1];
      if (table === undefined) return client.rows<T>(sql, {}, {}, signal);
      return count(table, parameters['ids'] as readonly string[], signal) as Promise<T[]>;
    },
    async insertFrames(request) {
      const key = `${request.table} ${request.token}`;
      const known = sent.get(key);
      for (let look = 0; known !== undefined && look < LOOKS; look++) {
        const [row] = await count(request.table, [known], request.signal);
        if (Number(row?.found) > 0) return { writtenRows: Number.NaN, queryId: '' };
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      const frames = [...(request.frames as Iterable<Uint8Array>)];
      sent.set(key, firstRequestId(frames[0]!));
      return client.insertFrames({ ...request, frames, settings: {} });
    },
  };
}

/** Behind eight bytes of time a row of small-tables.ts has its UUID, as two little-endian halves. */
function firstRequestId(frame: Uint8Array): string {
  const row = decompressFrameSync(Buffer.from(frame));
  const half = (at: number): string =>
    Buffer.from(row.subarray(at, at + 8))
      .reverse()
      .toString('hex');
  return `${half(8)}${half(16)}`.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/**
 * Workers keep memories across requests (attributes, keys, values, header texts) and serve all tenants. Whatever came
 * before, and whatever shares its task, a request has the same rows: bodies of all captures, their twins with other digits
 * and letters, and halves of them are run in two orders, and together.
 */

import { gunzipSync } from 'node:zlib';
import { decompressFrameSync } from 'lz4-napi';
import { expect, it } from 'vitest';
import type { Frame } from '../../../src/model/frame.ts';
import { PROVIDER_BY_ROUTE } from '../../../src/model/identity.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import type { Task } from '../../../src/pool/task.ts';
import { CAPTURES } from '../../end-to-end/support/captures.ts';
import { Chance } from '../../simulation/virtual-time.ts';
import { OPTIONS, taskOf } from './one-request.ts';

const SEED = Number(process.env['ORDER_SEED'] ?? Date.now() % 1_000_000);
const BODY_BYTES_MAX = 60_000;
const GROUPS = 150;

/** Each body as the task of one request, with a tenant and an id of its own. */
function tasks(chance: Chance): Task[] {
  const made: Task[] = [];
  for (const { agent, signal, body, headers } of CAPTURES) {
    const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    if (plain.length > BODY_BYTES_MAX) continue;
    const type = headers['content-type']?.includes('protobuf') === true ? 'protobuf' : 'json';
    const provider = PROVIDER_BY_ROUTE[agent]!;
    const half = plain.subarray(0, chance.between(0, plain.length));
    for (const bytes of [plain, twin(plain, chance), twin(plain, chance), half]) {
      const { bodies, requests } = taskOf(provider, signal, type, bytes);
      const requestId = `01234567-89ab-4def-8123-${String(made.length).padStart(12, '0')}`;
      made.push({ bodies, requests: [{ ...requests[0]!, requestId, tenantId: `tenant-${made.length}` }] });
    }
  }
  return made;
}

/** The same body with some letters and digits changed. */
function twin(body: Uint8Array, chance: Chance): Uint8Array {
  const bytes = new Uint8Array(body);
  for (let changes = chance.between(1, 12); changes > 0; changes -= 1) {
    const at = chance.between(0, bytes.length - 1);
    if (/[a-z0-9]/i.test(String.fromCharCode(bytes[at]!))) bytes[at] = chance.pick([0x30, 0x37, 0x61, 0x5a]);
  }
  return bytes;
}

function together(all: readonly Task[]): Task {
  const bodies = Buffer.concat(all.map((task) => new Uint8Array(task.bodies)));
  let bodyOffset = 0;
  const requests = all.map(({ requests: [request] }) => {
    const moved = { ...request!, bodyOffset };
    bodyOffset += moved.bodyBytes;
    return moved;
  });
  return { bodies: new Uint8Array(bodies).buffer, requests };
}

function rowsOf(frames: readonly Frame[], table: Frame['table']): string {
  const own = frames.filter((frame) => frame.table === table);
  return own.map(({ bytes }) => decompressFrameSync(Buffer.from(bytes)).toString('latin1')).join('');
}

function run(pipeline: Pipeline, task: Task): { results: readonly unknown[]; raw: string; events: string } {
  const { results, frames } = pipeline.run(task);
  return { results, raw: rowsOf(frames, 'events_raw'), events: rowsOf(frames, 'coding_agent_events') };
}

it(`[C27] a request has the same rows whatever came before it or shares its task (seed ${SEED})`, () => {
  const chance = new Chance(SEED);
  const all = tasks(chance);
  const order = all.map((_, index) => index).sort(() => chance.next() - 0.5);
  const pipeline = new Pipeline(OPTIONS);
  const alone = all.map((task) => run(pipeline, task));
  const other = new Pipeline(OPTIONS);
  const changed = order.filter((index) => JSON.stringify(run(other, all[index]!)) !== JSON.stringify(alone[index]));
  expect(changed).toEqual([]);
  for (let group = 0; group < GROUPS; group += 1) {
    const members = Array.from({ length: chance.between(2, 8) }, () => chance.between(0, all.length - 1));
    const result = run(pipeline, together(members.map((index) => all[index]!)));
    const expected = members.map((index) => alone[index]!);
    expect(result.results).toEqual(expected.flatMap(({ results }) => results));
    expect(result.raw === expected.map(({ raw }) => raw).join('')).toBe(true);
    expect(result.events === expected.map(({ events }) => events).join('')).toBe(true);
  }
});

/**
 * A task and its answer as they cross the thread boundary. A structured clone costs by the number of properties, about
 * 5 µs for a request and its result, which is more than decoding a small body takes to begin; one buffer costs next to
 * nothing. Both sides are one process, so numbers lie as the machine has them.
 *
 * Task, one transferred buffer, n requests:
 *
 * | bytes | field |
 * |---|---|
 * | 8 | n, length of the kinds (u32 each) |
 * | 8 n | times of receipt (f64) |
 * | 8 n | kind, bytes of the body (u32 each) |
 * | 36 n | request ids as text |
 * | … | kinds: JSON list of what requests have in common (tenant, provider, header values), each once |
 * | … | bodies |
 */

import type { Entry } from './entry.ts';
import type { SpareBuffers } from './spare-buffers.ts';
import type { RequestResult, Task, TaskAnswer, TaskRequest } from './task.ts';

const HEAD_BYTES = 8;
const ID_BYTES = 36;
const RECORD_BYTES = 8 + 8 + ID_BYTES;

/** What the requests of one client have in common. */
type Kind = Omit<TaskRequest, 'requestId' | 'receivedAtMs' | 'bodyOffset' | 'bodyBytes'>;

/** The kinds of a task in order of appearance. */
class Kinds {
  readonly list: Kind[] = [];
  readonly #indexes = new Map<string, number>();
  #last = 0;

  indexOf(kind: Kind): number {
    const last = this.list[this.#last];
    if (last !== undefined && isSame(last, kind)) return this.#last;
    const { tenantId, provider, signal, bodyType, encoding, contentType, contentEncoding, userAgent, refusal } = kind;
    const own = { tenantId, provider, signal, bodyType, encoding, contentType, contentEncoding, userAgent };
    const plain: Kind = refusal === undefined ? own : { ...own, refusal };
    const key = JSON.stringify(plain);
    this.#last = this.#indexes.get(key) ?? this.list.push(plain) - 1;
    this.#indexes.set(key, this.#last);
    return this.#last;
  }
}

function isSame(a: Kind, b: Kind): boolean {
  return (
    a.tenantId === b.tenantId &&
    a.signal === b.signal &&
    a.provider === b.provider &&
    a.bodyType === b.bodyType &&
    a.encoding === b.encoding &&
    a.contentType === b.contentType &&
    a.contentEncoding === b.contentEncoding &&
    a.userAgent === b.userAgent &&
    a.refusal === undefined &&
    b.refusal === undefined
  );
}

/** Copies a batch into one buffer of `spare`, to be transferred; it may be longer than the message. */
export function encodeTask(entries: readonly Entry[], spare: SpareBuffers): ArrayBuffer {
  const count = entries.length;
  const kinds = new Kinds();
  const kindOf = new Uint32Array(count);
  let bodyBytes = 0;
  for (let index = 0; index < count; index++) {
    const { request } = entries[index]!;
    kindOf[index] = kinds.indexOf(request);
    bodyBytes += request.body.length;
  }
  const kindsText = Buffer.from(JSON.stringify(kinds.list), 'utf8');
  let at = HEAD_BYTES + count * RECORD_BYTES + kindsText.length;
  const message = spare.take(at + bodyBytes);
  const bytes = Buffer.from(message);
  new Uint32Array(message, 0, 2).set([count, kindsText.length]);
  const receivedAtMs = new Float64Array(message, HEAD_BYTES, count);
  const numbers = new Uint32Array(message, HEAD_BYTES + 8 * count, 2 * count);
  const idsAt = HEAD_BYTES + 16 * count;
  bytes.set(kindsText, idsAt + ID_BYTES * count);
  for (let index = 0; index < count; index++) {
    const { request } = entries[index]!;
    receivedAtMs[index] = request.receivedAtMs;
    numbers[2 * index] = kindOf[index]!;
    numbers[2 * index + 1] = request.body.length;
    bytes.write(request.requestId, idsAt + index * ID_BYTES, ID_BYTES, 'latin1');
    bytes.set(request.body, at);
    at += request.body.length;
  }
  return message;
}

/** The task of a message; bodies stay where they are. */
export function decodeTask(message: ArrayBuffer): Task {
  const [count = 0, kindsBytes = 0] = new Uint32Array(message, 0, 2);
  const bytes = Buffer.from(message);
  const receivedAtMs = new Float64Array(message, HEAD_BYTES, count);
  const numbers = new Uint32Array(message, HEAD_BYTES + 8 * count, 2 * count);
  const idsAt = HEAD_BYTES + 16 * count;
  const kindsAt = idsAt + ID_BYTES * count;
  const kinds = JSON.parse(bytes.toString('utf8', kindsAt, kindsAt + kindsBytes)) as readonly Kind[];
  const requests: TaskRequest[] = [];
  let bodyOffset = kindsAt + kindsBytes;
  for (let index = 0; index < count; index++) {
    const kind = kinds[numbers[2 * index]!]!;
    const bodyBytes = numbers[2 * index + 1]!;
    const requestId = bytes.toString('latin1', idsAt + index * ID_BYTES, idsAt + (index + 1) * ID_BYTES);
    requests.push(requestOf(kind, requestId, receivedAtMs[index]!, bodyOffset, bodyBytes));
    bodyOffset += bodyBytes;
  }
  return { bodies: message, requests };
}

/** Field by field: a spread would make a dictionary of each. */
function requestOf(
  kind: Kind,
  requestId: string,
  receivedAtMs: number,
  bodyOffset: number,
  bodyBytes: number,
): TaskRequest {
  const { tenantId, provider, signal, bodyType, encoding, contentType, contentEncoding, userAgent, refusal } = kind;
  const request = {
    requestId,
    tenantId,
    provider,
    signal,
    bodyType,
    encoding,
    contentType,
    contentEncoding,
    userAgent,
    receivedAtMs,
    bodyOffset,
    bodyBytes,
  };
  return refusal === undefined ? request : { ...request, refusal };
}

/** A task's answer on its way back: the results that say nothing but counts are packed. */
export interface AnswerMessage extends Omit<TaskAnswer, 'results'> {
  /** COUNTS numbers per request: records, normalized, rejected, 1 for an agent's hook. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Results that say more, by the request's index. */
  readonly others: readonly (readonly [number, RequestResult])[];
  /** The buffer of the task, given back. */
  readonly message: ArrayBuffer;
}

const COUNTS = 4;

/** Packs the answer to the task of `message`. */
export function encodeAnswer({ results, ...rest }: TaskAnswer, message: ArrayBuffer): AnswerMessage {
  const counts = new Uint32Array(results.length * COUNTS);
  const others: (readonly [number, RequestResult])[] = [];
  for (let index = 0; index < results.length; index++) {
    const result = results[index]!;
    if (!result.ok || result.rejectedReason !== '') {
      others.push([index, result]);
      continue;
    }
    counts[index * COUNTS] = result.recordCount;
    counts[index * COUNTS + 1] = result.normalizedCount;
    counts[index * COUNTS + 2] = result.rejectedCount;
    counts[index * COUNTS + 3] = result.isAgentHook ? 1 : 0;
  }
  return { ...rest, counts, others, message };
}

/** Unpacks an answer. */
export function decodeAnswer({ counts, others, message: _, ...rest }: AnswerMessage): TaskAnswer {
  const results: RequestResult[] = [];
  for (let at = 0; at < counts.length; at += COUNTS) {
    results.push({
      ok: true,
      recordCount: counts[at]!,
      normalizedCount: counts[at + 1]!,
      rejectedCount: counts[at + 2]!,
      rejectedReason: '',
      isAgentHook: counts[at + 3] === 1,
    });
  }
  for (const [index, result] of others) results[index] = result;
  return { ...rest, results };
}

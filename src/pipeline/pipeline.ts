/**
 * One worker's work: bodies → inflate → decode → identify → scrub → raw text and columns → frames. The only room where
 * the stages meet. Pure but for CPU time: no clock, file, socket or log; the same in a worker, a test and a bench.
 */

import './inlining.ts';
import { inflate } from '../codec/inflate.ts';
import { TableRing } from '../columns/ring.ts';
import { decodeBody } from '../decode/decode.ts';
import { ERRORS, type ErrorCode, errorMessage, IngestError, leavesRawRow } from '../errors.ts';
import { RecordView } from '../model/record.ts';
import { CODING_AGENT_EVENTS, EVENTS_RAW } from '../model/schema.ts';
import { Tape } from '../model/tape.ts';
import type { RequestResult, Task, TaskRequest, TaskResult } from '../pool/task.ts';
import { EventWriter } from './event-writer.ts';
import { FrameSet } from './frame-set.ts';
import type { PipelineOptions } from './options.ts';
import { type RawOutcome, RawRows } from './raw-rows.ts';
import { RecordFlow } from './record-flow.ts';
import { requestIdBytes } from './request-id.ts';
import { RequestRows } from './request-rows.ts';
import { readTraceFacts } from './trace-facts.ts';

export class Pipeline {
  private readonly options: PipelineOptions;
  private readonly tape = new Tape();
  private readonly view = new RecordView(this.tape);
  private readonly frames = new FrameSet();
  private readonly rawRing: TableRing;
  private readonly eventRing: TableRing;
  private readonly raw: RawRows;
  private readonly flow: RecordFlow;

  constructor(options: PipelineOptions) {
    this.options = options;
    // Raw texts are the larger half: one request's text may be as long as all its rows together.
    this.rawRing = new TableRing(EVENTS_RAW, options.insertFormat, Math.ceil(options.ringBytes / 2));
    this.eventRing = new TableRing(CODING_AGENT_EVENTS, options.insertFormat, Math.floor(options.ringBytes / 2));
    this.flow = new RecordFlow(this.view, new EventWriter(new RequestRows(this.eventRing, this.frames)), options);
    this.raw = new RawRows(new RequestRows(this.rawRing, this.frames), this.flow.scrubber, options.ingestVersion);
  }

  /** Runs one task; never throws for what a body holds. Takes `task.bodies`. */
  run(task: Task): TaskResult {
    const bodies = new Uint8Array(task.bodies);
    const results: RequestResult[] = [];
    let ringBytesPeak = 0;
    for (const request of task.requests) {
      results.push(this.runRequest(request, bodies));
      ringBytesPeak = Math.max(ringBytesPeak, this.rawRing.usedBytes + this.eventRing.usedBytes);
    }
    this.frames.add(this.rawRing.drain());
    this.frames.add(this.eventRing.drain());
    return { results, frames: this.frames.take(), redactions: this.flow.takeRuleCounts(), ringBytesPeak };
  }

  private runRequest(request: TaskRequest, bodies: Uint8Array): RequestResult {
    const requestId = requestIdBytes(request.requestId);
    let result: RequestResult;
    let outcome: RawOutcome;
    try {
      if (request.refusal) throw new IngestError(request.refusal.code, request.refusal.detail);
      const body = bodies.subarray(request.bodyOffset, request.bodyOffset + request.bodyBytes);
      result = this.decode(request, requestId, body);
      this.flow.commit();
      outcome = { status: 200, error: result.ok ? result.rejectedReason : '', result, rawText: this.flow.rawText() };
    } catch (error) {
      // Anything but an IngestError is a bug of ours met by this body: refuse it alone, its neighbours go on.
      const code: ErrorCode = error instanceof IngestError ? error.code : 'POISONOUS';
      const detail = error instanceof IngestError ? error.detail : '';
      this.flow.rollback();
      result = { ok: false, code, detail };
      outcome = { status: ERRORS[code].status, error: errorMessage(code, detail), result, rawText: undefined };
    }
    if (result.ok || leavesRawRow(result.code)) this.raw.write(request, requestId, outcome);
    return result;
  }

  private decode(request: TaskRequest, requestId: Uint8Array, body: Uint8Array): RequestResult {
    const { tape, view, flow } = this;
    tape.reset();
    view.provider = request.provider;
    view.signal = request.signal;
    const plain =
      request.encoding === 'identity' ? body : inflate(request.encoding, body, this.options.decodedBytesMax);
    if (plain.length > this.options.decodedBytesMax) throw new IngestError('DECODED_TOO_LARGE');
    const start = tape.append(plain);
    const end = start + plain.length;
    flow.beginRequest(request, requestId);
    if (request.provider === 'codex' && request.signal === 'traces') {
      flow.traceFacts = readTraceFacts(view, request.bodyType, start, end);
    }
    const { recordCount, isAgentHook } = decodeBody(view, request.signal, request.bodyType, start, end, flow);
    const { normalizedCount, rejectedCount, rejectedReason } = flow;
    return { ok: true, recordCount, normalizedCount, rejectedCount, rejectedReason, isAgentHook };
  }
}

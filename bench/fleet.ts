/**
 * A fleet of coding agents, made from a seed: bodies as exporters and hooks send them, with the shapes of the captures and
 * the variety of life (sessions, users, repositories, lengths of texts), so that no bench runs on one record repeated.
 */

import { gzipSync } from 'node:zlib';
import type { Provider, Signal } from '../src/model/identity.ts';
import { type Attribute, type OtlpSignal, type Resource, toProtobuf } from './fleet/otlp.ts';
import { newSession, type Session } from './fleet/people.ts';
import { Random } from './fleet/random.ts';
import { STAMP } from './fleet/stamp.ts';
import { hookTemplates, metricTemplates, recordTemplates, type Templates } from './fleet/templates.ts';
import { drawFor, varyAttributes, varyPayload } from './fleet/vary.ts';

export interface Body {
  readonly provider: Provider;
  readonly signal: Signal;
  readonly bodyType: 'json' | 'protobuf';
  readonly encoding: 'identity' | 'gzip';
  readonly bytes: Buffer;
  /** Log records, spans, data points or hook events. */
  readonly records: number;
  /** Rows that coding_agent_events gets from it. */
  readonly events: number;
  /** Where the counter of eight digits stands (see stamp.ts); empty in gzip bodies. */
  readonly stamps: readonly Stamp[];
}

export interface Stamp {
  readonly offset: number;
  /** Digits as ASCII, or as the hex form of that ASCII (ids in OTLP/JSON). */
  readonly form: 'text' | 'hex';
}

export interface BodyShape {
  readonly provider: Provider;
  readonly signal: Signal;
  readonly bodyType: 'json' | 'protobuf';
  readonly encoding?: 'identity' | 'gzip';
  /** Records in one body; a hook body has one. */
  readonly records: number;
}

/** 2025-11-22T12:00:00Z: a fixed start keeps a fleet the same from run to run. */
const START_MS = 1_763_812_800_000;
const SESSIONS = 64;

export class Fleet {
  private readonly random: Random;
  private readonly sessions: Session[];
  private readonly templates = new Map<string, Templates>();

  constructor(seed: number) {
    this.random = new Random(seed);
    this.sessions = Array.from({ length: SESSIONS }, () => newSession(this.random, START_MS));
  }

  /** Makes `count` bodies of one shape, each of one agent's session. */
  bodies(shape: BodyShape, count: number): Body[] {
    return Array.from({ length: count }, () => this.body(shape));
  }

  /** Makes one body. */
  body(shape: BodyShape): Body {
    const { provider, signal, bodyType } = shape;
    const encoding = shape.encoding ?? 'identity';
    const records = signal === 'hooks' ? 1 : shape.records;
    const document = signal === 'hooks' ? this.hook(provider) : this.otlp(provider, signal, records);
    const plain =
      bodyType === 'protobuf' ? toProtobuf(signal as OtlpSignal, document) : Buffer.from(JSON.stringify(document));
    const bytes = encoding === 'gzip' ? gzipSync(plain) : plain;
    return {
      provider,
      signal,
      bodyType,
      encoding,
      bytes,
      records: signal === 'metrics' ? countDataPoints(document) : records,
      events: signal === 'metrics' ? 0 : records,
      stamps: encoding === 'gzip' ? [] : findStamps(plain),
    };
  }

  private otlp(provider: Provider, signal: OtlpSignal, records: number): unknown {
    const session = this.session();
    if (signal === 'metrics') return this.metrics(provider, session, records);
    const templates = this.templatesOf(provider, signal);
    const list = Array.from({ length: records }, () => this.record(templates, signal, session));
    const resource = this.resource(templates.resource, session);
    return signal === 'logs'
      ? { resourceLogs: [{ resource, scopeLogs: [{ scope: templates.scope, logRecords: list }] }] }
      : { resourceSpans: [{ resource, scopeSpans: [{ scope: templates.scope, spans: list }] }] };
  }

  private record(templates: Templates, signal: 'logs' | 'traces', session: Session): unknown {
    const template = this.random.pick(templates.records) as { attributes: Attribute[]; traceId?: string };
    const lead = templates.leads[session.configuration % templates.leads.length] ?? [];
    const attributes = varyAttributes([...lead, ...template.attributes], drawFor(this.random, session));
    const nanos = `${session.nowMs}000000`;
    if (signal === 'logs') return { ...template, attributes, timeUnixNano: nanos, observedTimeUnixNano: nanos };
    const end = `${session.nowMs + this.random.logNormal(120, 1.5, 60_000)}000000`;
    const traceId = Buffer.from(STAMP, 'latin1').toString('hex') + this.random.hex(16);
    return {
      ...template,
      attributes,
      traceId,
      spanId: this.random.hex(16),
      startTimeUnixNano: nanos,
      endTimeUnixNano: end,
    };
  }

  private metrics(provider: Provider, session: Session, count: number): unknown {
    const templates = metricTemplates(provider);
    const metrics = Array.from({ length: count }, () => this.random.pick(templates.metrics));
    const resource = this.resource(templates.resource, session);
    return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: templates.scope, metrics }] }] };
  }

  private hook(provider: Provider): unknown {
    return varyPayload(this.random.pick(hookTemplates(provider)), drawFor(this.random, this.session()));
  }

  /** What `OTEL_RESOURCE_ATTRIBUTES` adds to an agent's own resource. */
  private resource(resource: Resource, session: Session): Resource {
    const added = {
      'org.id': session.org,
      'user.email': session.email,
      repo: session.repo,
      branch: session.branch,
      'bench.stamp': STAMP,
    };
    const attributes = Object.entries(added).map(([key, value]) => ({ key, value: { stringValue: value } }));
    return { ...resource, attributes: [...resource.attributes, ...attributes] };
  }

  private templatesOf(provider: Provider, signal: 'logs' | 'traces'): Templates {
    const key = `${provider} ${signal}`;
    let templates = this.templates.get(key);
    if (templates === undefined) {
      templates = recordTemplates(provider, signal);
      this.templates.set(key, templates);
    }
    return templates;
  }

  /** Sessions end and others begin. */
  private session(): Session {
    const index = this.random.below(SESSIONS);
    if (this.random.below(50) === 0) this.sessions[index] = newSession(this.random, START_MS);
    return this.sessions[index]!;
  }
}

function findStamps(bytes: Buffer): Stamp[] {
  const stamps: Stamp[] = [];
  const forms = [
    { form: 'text', pattern: STAMP },
    { form: 'hex', pattern: Buffer.from(STAMP).toString('hex') },
  ] as const;
  for (const { form, pattern } of forms) {
    let offset = bytes.indexOf(pattern);
    for (; offset >= 0; offset = bytes.indexOf(pattern, offset + 1)) stamps.push({ offset, form });
  }
  return stamps;
}

function countDataPoints(document: unknown): number {
  let points = 0;
  JSON.stringify(document, (key, value) => {
    if (key === 'dataPoints' && Array.isArray(value)) points += value.length;
    return value;
  });
  return points;
}

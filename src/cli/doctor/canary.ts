/**
 * Sends one marked event through a route and waits until the server says that it is in the store. `moda.canary` keeps it out
 * of every view.
 */

import { randomUUID } from 'node:crypto';
import type { AgentId } from '../agents/agent.ts';
import { type Connection, callServer } from '../server-api.ts';

export const CANARY_SIGNALS = ['logs', 'traces', 'metrics', 'hooks'] as const;
export type CanarySignal = (typeof CANARY_SIGNALS)[number];

export interface CanaryResult {
  readonly signal: CanarySignal;
  readonly isStored: boolean;
  /** Why not; empty when it is. */
  readonly problem: string;
}

/** The store takes batches once a second; an engine that is just starting takes longer. */
const STORED_WITHIN_MS = 20_000;
const POLL_MS = 200;

/** One canary through one route. */
export async function sendCanary(connection: Connection, agent: AgentId, signal: CanarySignal): Promise<CanaryResult> {
  const path = `/v1/otel/${agent}/${signal}`;
  const answer = await callServer(connection, { method: 'POST', path, body: canaryBody(signal, Date.now()) });
  if (answer.status < 200 || answer.status >= 300) {
    return { signal, isStored: false, problem: `${path} answered ${answer.status}` };
  }
  if (answer.requestId === undefined) return { signal, isStored: false, problem: `${path} gave no x-request-id` };
  const isStored = await waitUntilStored(connection, answer.requestId);
  const problem = isStored ? '' : `accepted, but not in the store after ${STORED_WITHIN_MS / 1000} s`;
  return { signal, isStored, problem };
}

async function waitUntilStored(connection: Connection, requestId: string): Promise<boolean> {
  const deadline = Date.now() + STORED_WITHIN_MS;
  while (Date.now() < deadline) {
    const { status, body } = await callServer(connection, { path: `/v1/requests/${encodeURIComponent(requestId)}` });
    if (status === 200 && (body as { stored?: unknown } | undefined)?.stored === true) return true;
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  return false;
}

/** OTLP/JSON for the three signals, a hook payload for the fourth. */
function canaryBody(signal: CanarySignal, nowMs: number): string {
  const nanos = `${nowMs}000000`;
  const session = `moda-doctor-${randomUUID()}`;
  const attributes = [
    attribute('moda.canary', 'true'),
    attribute('session.id', session),
    attribute('event.name', 'moda.canary'),
  ];
  const resource = { attributes: [attribute('service.name', 'moda-doctor')] };
  const scope = { name: 'moda.doctor' };
  switch (signal) {
    case 'logs': {
      const logRecords = [
        { timeUnixNano: nanos, observedTimeUnixNano: nanos, body: { stringValue: 'moda.canary' }, attributes },
      ];
      return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] });
    }
    case 'traces': {
      const traceId = randomUUID().replaceAll('-', '');
      const spanId = randomUUID().replaceAll('-', '').slice(0, 16);
      const spans = [
        { traceId, spanId, name: 'moda.canary', kind: 1, startTimeUnixNano: nanos, endTimeUnixNano: nanos, attributes },
      ];
      return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] });
    }
    case 'metrics': {
      const dataPoints = [{ startTimeUnixNano: nanos, timeUnixNano: nanos, asInt: '1', attributes }];
      const sum = { dataPoints, aggregationTemporality: 1, isMonotonic: true };
      const metrics = [{ name: 'moda.canary', unit: '1', sum }];
      return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] });
    }
    case 'hooks':
      return JSON.stringify({
        hook_event_name: 'Canary',
        session_id: session,
        event_id: randomUUID(),
        timestamp: new Date(nowMs).toISOString(),
        'moda.canary': true,
      });
  }
}

function attribute(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

/**
 * The OpenTelemetry environment block that each agent's settings carry (exporters, endpoints, bearer header, resource
 * attributes), and its merge into values that stand there already.
 */

import type { AgentId, InstallContext } from './agent.ts';

/** `provider` of OTEL_RESOURCE_ATTRIBUTES. */
const PROVIDER_BY_AGENT: Readonly<Record<AgentId, string>> = {
  claude: 'claude_code',
  codex: 'codex',
  cursor: 'cursor',
};

export const RESOURCE_ATTRIBUTES = 'OTEL_RESOURCE_ATTRIBUTES';

/** Variables in the order in which they are written. `existing` is the value of OTEL_RESOURCE_ATTRIBUTES now. */
export function telemetryEnvironment(
  agent: AgentId,
  context: InstallContext,
  existing: string | undefined,
): ReadonlyMap<string, string> {
  const route = `${context.endpoint}/v1/otel/${agent}`;
  const block = new Map<string, string>();
  if (agent === 'claude') {
    block.set('CLAUDE_CODE_ENABLE_TELEMETRY', '1');
    // Without this one Claude Code sends logs and metrics and not a single span.
    block.set('CLAUDE_CODE_ENHANCED_TELEMETRY_BETA', '1');
  }
  block.set('OTEL_METRICS_EXPORTER', 'otlp');
  block.set('OTEL_LOGS_EXPORTER', 'otlp');
  block.set('OTEL_TRACES_EXPORTER', 'otlp');
  block.set('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf');
  block.set('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', agent === 'codex' ? 'http/protobuf' : 'http/json');
  block.set('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', `${route}/logs`);
  block.set('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', `${route}/traces`);
  block.set('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', `${route}/metrics`);
  block.set('OTEL_EXPORTER_OTLP_HEADERS', `Authorization=Bearer ${context.apiKey}`);
  block.set(RESOURCE_ATTRIBUTES, mergeAttributes(existing, 'provider', PROVIDER_BY_AGENT[agent]));
  if (agent === 'claude') block.set('OTEL_LOG_USER_PROMPTS', '1');
  return block;
}

/** Names of the block, for removal, status and the comparison with the shell. */
export function telemetryNames(agent: AgentId): readonly string[] {
  return [...telemetryEnvironment(agent, { endpoint: '', apiKey: '', hookCommand: '' }, undefined).keys()];
}

/** Variables that would overrule the block for one signal if the user has them. */
export const OVERRULING_NAMES = [
  'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL',
  'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL',
  'OTEL_EXPORTER_OTLP_LOGS_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
  'OTEL_SDK_DISABLED',
] as const;

/** Whether a value was written by the installer, for whatever key and server. */
export function isOwnValue(agent: AgentId, name: string, value: string): boolean {
  if (name.endsWith('_ENDPOINT')) return new RegExp(`/v1/otel/${agent}/(?:logs|traces|metrics)$`).test(value);
  if (name === 'OTEL_EXPORTER_OTLP_HEADERS') return /^Authorization=Bearer [^,]+$/.test(value);
  if (name === RESOURCE_ATTRIBUTES) return attributeOf(value, 'provider') === PROVIDER_BY_AGENT[agent];
  return telemetryEnvironment(agent, { endpoint: '', apiKey: '', hookCommand: '' }, undefined).get(name) === value;
}

/** `list` (`key=value` pairs, commas between) with `key` set; other pairs and their order stay. */
export function mergeAttributes(list: string | undefined, key: string, value: string): string {
  const pairs = splitAttributes(list);
  const index = pairs.findIndex((pair) => keyOf(pair) === key);
  if (index === -1) return [...pairs, `${key}=${value}`].join(',');
  return pairs.with(index, `${key}=${value}`).join(',');
}

/** `list` without `key`; undefined when nothing is left. */
export function dropAttribute(list: string, key: string): string | undefined {
  const left = splitAttributes(list).filter((pair) => keyOf(pair) !== key);
  return left.length === 0 ? undefined : left.join(',');
}

/** The value of `key` in a list of pairs. */
export function attributeOf(list: string, key: string): string | undefined {
  const pair = splitAttributes(list).find((candidate) => keyOf(candidate) === key);
  return pair?.slice(pair.indexOf('=') + 1).trim();
}

function splitAttributes(list: string | undefined): string[] {
  return (list ?? '').split(',').filter((pair) => pair.trim() !== '');
}

function keyOf(pair: string): string {
  return pair.split('=', 1)[0]?.trim() ?? '';
}

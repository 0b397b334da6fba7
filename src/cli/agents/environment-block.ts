/** Merges the telemetry variables into a JSON object of the settings, and takes them out again. */

import { type JsonPath, readJson, removeEmpty, removeJson, setJson } from '../files/json-edit.ts';
import type { JsonValue } from '../files/json-text.ts';
import type { AgentId, InstallContext } from './agent.ts';
import { isRecord } from './hook-entries.ts';
import {
  attributeOf,
  dropAttribute,
  isOwnValue,
  mergeAttributes,
  OVERRULING_NAMES,
  RESOURCE_ATTRIBUTES,
  telemetryEnvironment,
  telemetryNames,
} from './telemetry-environment.ts';

/** Any one will do: where a user has pointed one signal elsewhere, the others still come here, with the key beside them. */
const OWN_SIGNS = ['LOGS', 'TRACES', 'METRICS'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`);

/** Whether the object at `path` carries this installer's block. */
export function hasOwnBlock(text: string, path: JsonPath, agent: AgentId): boolean {
  return OWN_SIGNS.some((name) => {
    const value = readJson(text, [...path, name]);
    return typeof value === 'string' && isOwnValue(agent, name, value);
  });
}

/** Sets every variable of the block. `replaced` receives the values that were the user's. */
export function installBlock(
  text: string,
  path: JsonPath,
  agent: AgentId,
  context: InstallContext,
  replaced: Map<string, string>,
): string {
  const existing = readJson(text, path);
  if (existing !== undefined && !isRecord(existing)) throw new TypeError(`expected an object at ${path.join('.')}`);
  const isRefresh = hasOwnBlock(text, path, agent);
  const attributes = textOf(existing?.[RESOURCE_ATTRIBUTES]);
  const block = telemetryEnvironment(agent, context, attributes);
  let edited = text;
  for (const [name, value] of block) {
    const former = textOf(existing?.[name]);
    if (former !== undefined && !(isRefresh && isOwnValue(agent, name, former))) replaced.set(name, former);
    if (former !== value) edited = setJson(edited, [...path, name], value);
  }
  return edited;
}

/** What stood in the file before: values that come back, and the whole of it where that is known. */
export interface FormerSettings {
  readonly replaced: ReadonlyMap<string, string>;
  readonly original: string | undefined;
}

/** Takes the variables out; `replaced` values come back, other pairs of OTEL_RESOURCE_ATTRIBUTES stay. */
export function removeBlock(
  text: string,
  path: JsonPath,
  agent: AgentId,
  { replaced, original }: FormerSettings,
): string {
  if (!hasOwnBlock(text, path, agent)) return text;
  let edited = text;
  for (const name of telemetryNames(agent)) {
    const value = textOf(readJson(edited, [...path, name]));
    if (value === undefined || !isOwnValue(agent, name, value)) continue;
    const restored = restoredValue(name, value, replaced.get(name));
    edited = restored === undefined ? removeJson(edited, [...path, name]) : setJson(edited, [...path, name], restored);
  }
  return edited === text ? text : removeEmpty(edited, path, original);
}

/** What is missing or differs from the block, each a full sentence. */
export function inspectBlock(
  text: string,
  path: JsonPath,
  agent: AgentId,
  context: Partial<InstallContext>,
): readonly string[] {
  if (!hasOwnBlock(text, path, agent)) return [`the OTEL environment block is missing (${path.join('.')})`];
  const values = readJson(text, path);
  const found = isRecord(values) ? values : {};
  const { endpoint, apiKey } = context;
  const problems: string[] = [];
  const expected = telemetryEnvironment(
    agent,
    { endpoint: endpoint ?? '', apiKey: apiKey ?? '', hookCommand: '' },
    textOf(found[RESOURCE_ATTRIBUTES]),
  );
  for (const [name, value] of expected) {
    const current = textOf(found[name]);
    if (current === value) continue;
    const isUnknown =
      (name.endsWith('_ENDPOINT') && endpoint === undefined) || (name.endsWith('_HEADERS') && apiKey === undefined);
    if (isUnknown && current !== undefined && isOwnValue(agent, name, current)) continue;
    problems.push(
      `${name} ${current === undefined ? 'is not set' : 'has another value than "moda hooks install" writes'}`,
    );
  }
  return problems;
}

/** Variables of the user's that overrule the block for one signal, each a full sentence. */
export function overrulingValues(text: string, path: JsonPath): readonly string[] {
  const values = readJson(text, path);
  if (!isRecord(values)) return [];
  return OVERRULING_NAMES.filter((name) => values[name] !== undefined).map(
    (name) => `${name} is set beside the block and may overrule it; remove it if this agent's data should arrive`,
  );
}

function restoredValue(name: string, value: string, former: string | undefined): string | undefined {
  if (name !== RESOURCE_ATTRIBUTES) return former;
  const rest = dropAttribute(value, 'provider');
  const provider = former === undefined ? undefined : attributeOf(former, 'provider');
  return provider === undefined ? rest : mergeAttributes(rest, 'provider', provider);
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

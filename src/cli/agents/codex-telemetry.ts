/**
 * The `[otel]` tables of ~/.codex/config.toml: one exporter per signal, since none inherits from another in Codex.
 * They are added when the file has no `[otel]` at all, refreshed when they are ours, and left alone when they are not.
 */

import { isUnder, pairsUnder, parseTomlText, type TomlPair, type TomlTable } from '../files/toml-text.ts';
import type { Edit, InstallContext, TargetState } from './agent.ts';

const EXPORTERS = [
  { table: 'exporter', signal: 'logs' },
  { table: 'trace_exporter', signal: 'traces' },
  { table: 'metrics_exporter', signal: 'metrics' },
] as const;

const HEAD_COMMENT = '# Written by "moda hooks install"; "moda hooks uninstall" takes it out.';

/** Adds or refreshes the tables. */
export function installTelemetry(text: string | undefined, context: InstallContext): Edit {
  const start = text ?? '';
  const tables = parseTomlText(start);
  const pairs = pairsUnder(tables, ['otel']);
  const isAbsent = pairs.length === 0 && !tables.some((table) => isUnder(table.path, ['otel']));
  if (isAbsent) return edit(append(start, context));
  if (!isOwn(pairs)) {
    return {
      ...edit(start),
      notes: [
        `config.toml has an [otel] of its own, which stays as it is; to send to Moda as well, put this in its place, with your key from ~/.moda/config.json:\n${tablesText({ ...context, apiKey: '<key>' }, '\n')}`,
      ],
    };
  }
  const notes = foreignExporters(pairs).map(
    (table) => `[otel.${table}] sends elsewhere and stays as it is: nothing of it arrives here`,
  );
  return { ...edit(refresh(start, pairs, context)), notes };
}

/**
 * Takes our exporters out, whole: what a user added to one (`tls`) is not enough for Codex, which refuses an exporter
 * without endpoint together with the rest of the file. Other keys under [otel] stay, and so does an exporter that sends elsewhere.
 */
export function uninstallTelemetry(text: string): Edit {
  const tables = parseTomlText(text);
  const pairs = pairsUnder(tables, ['otel']);
  if (!isOwn(pairs)) return edit(text);
  const foreign: readonly string[] = foreignExporters(pairs);
  const exporters: readonly string[] = EXPORTERS.map(({ table }) => table).filter((table) => !foreign.includes(table));
  const own = foreign.length === 0 ? ['environment', 'log_user_prompt', ...exporters] : exporters;
  let edited = text;
  // From the back, so that the offsets before stay true.
  for (const table of [...tables].reverse()) {
    if (table.path[0] !== 'otel') continue;
    if (table.path.length === 1) edited = withoutTable(edited, table, (key) => own.includes(key));
    else if (exporters.includes(table.path[1] ?? '')) edited = withoutTable(edited, table, () => true);
  }
  const comment = edited.indexOf(HEAD_COMMENT);
  if (comment !== -1) edited = withoutComment(edited, comment);
  const notes = foreign.map(
    (table) => `[otel.${table}] sends elsewhere and stays as it is; see whether its headers still hold your Moda key`,
  );
  if (isOwn(pairsUnder(parseTomlText(edited), ['otel']))) {
    notes.push('an [otel] in a form that "moda hooks install" does not write still sends to Moda: remove it by hand');
  }
  return { ...edit(edited), notes };
}

/** Whether the tables are there, are ours, and send to the given server with the given key. */
export function inspectTelemetry(text: string, context: Partial<InstallContext>): TargetState {
  const tables = parseTomlText(text);
  const pairs = pairsUnder(tables, ['otel']);
  if (pairs.length === 0) return { isInstalled: false, problems: [] };
  if (!isOwn(pairs)) {
    return { isInstalled: false, problems: ['[otel] sends elsewhere and was left alone; see "moda hooks install"'] };
  }
  const problems: string[] = [];
  for (const { table, signal } of EXPORTERS) {
    const endpoint = stringAt(pairs, ['otel', table, 'otlp-http', 'endpoint']);
    const header = stringAt(pairs, ['otel', table, 'otlp-http', 'headers', 'authorization']);
    if (endpoint === undefined) problems.push(`[otel.${table}.otlp-http] is missing: no ${signal} will arrive`);
    else if (context.endpoint !== undefined && endpoint !== endpointOf(context.endpoint, signal)) {
      problems.push(`[otel.${table}.otlp-http] sends to another server`);
    }
    if (endpoint !== undefined && context.apiKey !== undefined && header !== `Bearer ${context.apiKey}`) {
      problems.push(`[otel.${table}.otlp-http] has another key`);
    }
  }
  return { isInstalled: true, problems };
}

/** Whether a config.toml holds an `[otel]` in any form; for a project's own file, which Codex ignores. */
export function hasTelemetry(text: string): boolean {
  const tables = parseTomlText(text);
  return pairsUnder(tables, ['otel']).length > 0 || tables.some((table) => isUnder(table.path, ['otel']));
}

function withoutComment(text: string, offset: number): string {
  const before = text.slice(0, lineStart(text, offset)).replace(/\n\r?\n$/, '\n');
  const end = text.indexOf('\n', offset);
  return before + (end === -1 ? '' : text.slice(end + 1));
}

function edit(text: string): Edit {
  return { text, replaced: new Map(), notes: [] };
}

function endpointOf(endpoint: string, signal: string): string {
  return `${endpoint}/v1/otel/codex/${signal}`;
}

/** Ours: one of the exporters at least sends to a route of this product, with the key beside it. */
function isOwn(pairs: readonly TomlPair[]): boolean {
  return EXPORTERS.some(({ table }) => ownershipOf(pairs, table) === 'own');
}

/** Exporters that the user has pointed elsewhere. */
function foreignExporters(pairs: readonly TomlPair[]): readonly string[] {
  return EXPORTERS.map(({ table }) => table).filter((table) => ownershipOf(pairs, table) === 'foreign');
}

/** Whose an exporter is, by its endpoints; without one (`exporter = "none"`) it is the user's. */
function ownershipOf(pairs: readonly TomlPair[], table: string): 'own' | 'foreign' | 'absent' {
  const exporter = pairs.filter((pair) => pair.path[1] === table);
  if (exporter.length === 0) return 'absent';
  const endpoints = exporter.filter((pair) => pair.path.at(-1) === 'endpoint');
  const isOwnEndpoint = ({ value }: TomlPair): boolean =>
    value.kind === 'string' && /\/v1\/otel\/codex\/(?:logs|traces|metrics)$/.test(value.value);
  return endpoints.length > 0 && endpoints.every(isOwnEndpoint) ? 'own' : 'foreign';
}

function stringAt(pairs: readonly TomlPair[], path: readonly string[]): string | undefined {
  const found = pairs.find((pair) => pair.path.length === path.length && isUnder(pair.path, path));
  return found?.value.kind === 'string' ? found.value.value : undefined;
}

function tablesText(context: InstallContext, eol: string): string {
  const lines = ['[otel]', 'environment = "production"', 'log_user_prompt = false'];
  for (const { table, signal } of EXPORTERS) lines.push('', ...exporterLines(table, signal, context));
  return lines.join(eol);
}

function exporterLines(table: string, signal: string, context: InstallContext): string[] {
  return [
    `[otel.${table}.otlp-http]`,
    `endpoint = ${quote(endpointOf(context.endpoint, signal))}`,
    'protocol = "binary"',
    `headers = { "authorization" = ${quote(`Bearer ${context.apiKey}`)} }`,
  ];
}

/** JSON's escapes are a subset of TOML's basic strings. */
function quote(value: string): string {
  return JSON.stringify(value);
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function append(text: string, context: InstallContext): string {
  const eol = eolOf(text);
  let start = text;
  if (start !== '' && !start.endsWith('\n')) start += eol;
  if (start !== '') start += eol;
  return `${start}${HEAD_COMMENT}${eol}${tablesText(context, eol)}${eol}`;
}

/** New endpoint and key in place; an exporter that is missing is added behind the last line. */
function refresh(text: string, pairs: readonly TomlPair[], context: InstallContext): string {
  const changes: { start: number; end: number; value: string }[] = [];
  const missing: string[] = [];
  for (const { table, signal } of EXPORTERS) {
    const ownership = ownershipOf(pairs, table);
    if (ownership === 'foreign') continue;
    const prefix = ['otel', table, 'otlp-http'];
    const own = pairs.filter((pair) => isUnder(pair.path, prefix));
    if (ownership === 'absent') missing.push('', ...exporterLines(table, signal, context));
    for (const { path, value } of own) {
      const key = path.slice(prefix.length).join('.').toLowerCase();
      const wanted = {
        endpoint: endpointOf(context.endpoint, signal),
        'headers.authorization': `Bearer ${context.apiKey}`,
      }[key];
      if (wanted !== undefined && (value.kind !== 'string' || value.value !== wanted)) {
        changes.push({ start: value.start, end: value.end, value: quote(wanted) });
      }
    }
  }
  let edited = text;
  for (const { start, end, value } of changes.sort((left, right) => right.start - left.start)) {
    edited = edited.slice(0, start) + value + edited.slice(end);
  }
  if (missing.length === 0) return edited;
  const eol = eolOf(edited);
  return `${edited.endsWith('\n') ? edited : edited + eol}${missing.join(eol)}${eol}`;
}

/** Removes a table's own keys and its header; a table that keeps a key of the user's keeps its header. */
function withoutTable(text: string, table: TomlTable, isOwnKey: (key: string) => boolean): string {
  const isForeign = (pair: TomlPair): boolean => !isOwnKey(pair.path[table.path.length] ?? '');
  let edited = text;
  for (const pair of [...table.pairs].reverse()) {
    if (!isForeign(pair)) edited = cutLines(edited, pair.start, pair.value.end);
  }
  if (table.pairs.some(isForeign)) return edited;
  const start = lineStart(edited, table.start);
  edited = cutLines(edited, table.start, table.headerEnd);
  // The blank line that the installer put before the table goes with it.
  const blank = /\n(\r?\n)$/.exec(edited.slice(0, start))?.[1]?.length ?? 0;
  return edited.slice(0, start - blank) + edited.slice(start);
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Removes the lines from the one of `start` to the one of `end`, with their line ends. */
function cutLines(text: string, start: number, end: number): string {
  const lineEnd = text.indexOf('\n', end);
  return text.slice(0, lineStart(text, start)) + (lineEnd === -1 ? '' : text.slice(lineEnd + 1));
}

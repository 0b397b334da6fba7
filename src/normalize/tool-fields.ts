/**
 * What a tool call's arguments and names tell: command, file, MCP server and tool, skill, subagent. Arguments come as
 * objects (hooks) or as JSON inside a string (`tool_parameters`, `tool_input`, `arguments`).
 */

import { type CanonicalEvent, Slot } from '../model/event.ts';
import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { COLUMN } from './columns.ts';
import { field, span, textOf } from './values.ts';

const CONTAINERS = [
  'tool_parameters',
  'tool_input',
  'arguments',
  'gen_ai.tool.arguments',
  'gen_ai.tool.call.arguments',
  'langsmith.metadata.tool_input',
].map(internName);

const FIELDS: readonly (readonly [column: number, names: readonly number[]])[] = [
  [COLUMN.command, ['full_command', 'command', 'cmd', 'bash_command'].map(internName)],
  [COLUMN.filePath, ['file_path', 'filePath', 'notebook_path', 'target_file'].map(internName)],
  [COLUMN.mcpServer, ['mcp_server_name'].map(internName)],
  [COLUMN.mcpTool, ['mcp_tool_name'].map(internName)],
  [COLUMN.skillName, ['skill_name', 'skill'].map(internName)],
  [COLUMN.agentName, ['subagent_type'].map(internName)],
];

/** A bridge's log record of a Cursor hook: the hook's payload as JSON text. */
const PAYLOAD = internName('cursor.log.payload');
const TOOL_INPUT = internName('tool_input');
const PAYLOAD_FIELDS: typeof FIELDS = [
  [COLUMN.toolName, [internName('tool_name')]],
  [COLUMN.toolUseId, [internName('tool_use_id')]],
  [COLUMN.command, [internName('command')]],
  [COLUMN.filePath, [internName('file_path')]],
];

const MCP_PAYLOAD_FIELDS = PAYLOAD_FIELDS.filter(([column]) => column !== COLUMN.command);

const TOOL_NAMESPACE = internName('tool_namespace');
const MCP_PREFIX = Buffer.from('mcp__');
const CURSOR_MCP_PREFIX = Buffer.from('MCP:');
const SKILL_FILE = Buffer.from('/SKILL.md');
const BASH_LOGIN_FLAG = Buffer.from('-lc');

const MCP_HOOKS = new Set(['beforeMCPExecution', 'afterMCPExecution'].map(internName));

/** Cursor's hooks around an MCP call: their `tool_name` is the server's tool, their `command` starts the server. */
export function isMcpHook(nameId: number): boolean {
  return MCP_HOOKS.has(nameId);
}

/**
 * Fills columns that attributes of the record itself left empty; none is overwritten. `nameId` is the bare name's number,
 * 0 when unknown. Runs after scrubbing: what it copies are spans of scrubbed texts.
 */
export function fillToolFields(view: RecordView, nameId: number, event: CanonicalEvent): void {
  const { tape } = view;
  const isMcp = isMcpHook(nameId);
  for (const container of CONTAINERS) {
    const input = view.attribute(container);
    if (input >= 0) fillFromInput(tape, event, input, FIELDS);
  }
  const payload = view.attribute(PAYLOAD);
  if (payload >= 0) {
    fillFromInput(tape, event, payload, isMcp ? MCP_PAYLOAD_FIELDS : PAYLOAD_FIELDS);
    fillFromInput(tape, event, field(tape, payload, TOOL_INPUT), FIELDS);
  }
  splitToolName(tape, event);
  if (isMcp && event.slot[COLUMN.toolName] === Slot.SPAN) {
    setIfEmpty(event, COLUMN.mcpTool, event.start[COLUMN.toolName]!, event.length[COLUMN.toolName]!);
  }
  const namespace = view.attribute(TOOL_NAMESPACE);
  if (namespace >= 0 && tape.kind[namespace] === Kind.STRING) fillFromNamespace(tape, event, namespace);
  if (view.provider !== 'claude_code' && event.slot[COLUMN.skillName] === Slot.EMPTY) fillSkillFromPath(tape, event);
}

function fillFromInput(tape: Tape, event: CanonicalEvent, input: number, fields: typeof FIELDS): void {
  for (const [column, names] of fields) {
    if (event.slot[column] !== Slot.EMPTY) continue;
    for (const name of names) {
      const node = field(tape, input, name);
      if (node < 0) continue;
      const word = column === COLUMN.command && tape.kind[node] === Kind.ARRAY ? commandOfArray(tape, node) : node;
      if (word < 0 || !textOf(tape, word) || span.length === 0) continue;
      event.setSpan(column, span.start, span.length);
      break;
    }
  }
}

/** `["bash", "-lc", "npm test"]` is the command `npm test`; any other list is kept as JSON. */
function commandOfArray(tape: Tape, node: number): number {
  if (tape.length[node] !== 3) return node;
  const flag = tape.next[node + 1]!;
  const isLogin =
    tape.kind[flag] === Kind.STRING && startsWith(tape, tape.start[flag]!, tape.length[flag]!, BASH_LOGIN_FLAG);
  return isLogin ? tape.next[flag]! : node;
}

function startsWith(tape: Tape, start: number, length: number, prefix: Uint8Array): boolean {
  if (length < prefix.length) return false;
  for (let index = 0; index < prefix.length; index++) if (tape.bytes[start + index] !== prefix[index]) return false;
  return true;
}

/** `mcp__server__tool` names both; Cursor's `MCP:tool` names the tool. */
function splitToolName(tape: Tape, event: CanonicalEvent): void {
  if (event.slot[COLUMN.toolName] !== Slot.SPAN) return;
  const start = event.start[COLUMN.toolName]!;
  const length = event.length[COLUMN.toolName]!;
  if (startsWith(tape, start, length, CURSOR_MCP_PREFIX)) {
    setIfEmpty(event, COLUMN.mcpTool, start + CURSOR_MCP_PREFIX.length, length - CURSOR_MCP_PREFIX.length);
    return;
  }
  if (!startsWith(tape, start, length, MCP_PREFIX)) return;
  const server = start + MCP_PREFIX.length;
  const end = start + length;
  const separator = findDoubleUnderscore(tape.bytes, server, end);
  if (separator < 0) return;
  setIfEmpty(event, COLUMN.mcpServer, server, separator - server);
  setIfEmpty(event, COLUMN.mcpTool, separator + 2, end - separator - 2);
}

/** Codex logs: `tool_name=echo_text`, `tool_namespace=mcp__echo`. */
function fillFromNamespace(tape: Tape, event: CanonicalEvent, node: number): void {
  const start = tape.start[node]!;
  const length = tape.length[node]!;
  if (!startsWith(tape, start, length, MCP_PREFIX) || event.slot[COLUMN.toolName] !== Slot.SPAN) return;
  setIfEmpty(event, COLUMN.mcpServer, start + MCP_PREFIX.length, length - MCP_PREFIX.length);
  setIfEmpty(event, COLUMN.mcpTool, event.start[COLUMN.toolName]!, event.length[COLUMN.toolName]!);
}

function setIfEmpty(event: CanonicalEvent, column: number, start: number, length: number): void {
  if (event.slot[column] === Slot.EMPTY && length > 0) event.setSpan(column, start, length);
}

function findDoubleUnderscore(bytes: Uint8Array, start: number, end: number): number {
  for (let index = start; index + 1 < end; index++)
    if (bytes[index] === 0x5f && bytes[index + 1] === 0x5f) return index;
  return -1;
}

/** A read of `…/<skill>/SKILL.md` hints at the skill; Codex and Cursor have no better signal. */
function fillSkillFromPath(tape: Tape, event: CanonicalEvent): void {
  const column = event.slot[COLUMN.filePath] === Slot.SPAN ? COLUMN.filePath : COLUMN.command;
  if (event.slot[column] !== Slot.SPAN) return;
  const start = event.start[column]!;
  const end = start + event.length[column]!;
  const at = lastIndexOf(tape.bytes, start, end, SKILL_FILE);
  if (at <= start) return;
  let from = at;
  while (from > start && tape.bytes[from - 1] !== 0x2f && tape.bytes[from - 1] !== 0x20) from--;
  if (from > start && at > from) event.setSpan(COLUMN.skillName, from, at - from);
}

function lastIndexOf(bytes: Uint8Array, start: number, end: number, word: Uint8Array): number {
  for (let index = end - word.length; index >= start; index--) {
    let same = 0;
    while (same < word.length && bytes[index + same] === word[same]) same++;
    if (same === word.length) return index;
  }
  return -1;
}

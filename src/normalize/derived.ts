/** Numbers that are read from text before it is scrubbed: exit codes and failures inside outputs, lengths of prompts. */

import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { booleanOf, field, numberOf, valueRoot } from './values.ts';

const OUTPUT_NAMES = ['output', 'tool_output', 'tool_response', 'error', 'error.message'].map(internName);
const EXIT_CODE_NAMES = ['exitCode', 'exit_code', 'langsmith.metadata.shell_exit_code'].map(internName);
const PROMPT_NAMES = ['prompt', 'prompt_text', 'user_prompt', 'cursor.prompt'].map(internName);
const TOOL_OUTPUT = internName('tool_output');
const TOOL_RESPONSE = internName('tool_response');
const OUTPUT = internName('output');
/** A bridge's log record of a Cursor hook. */
const PAYLOAD = internName('cursor.log.payload');
const METADATA = internName('metadata');
const EXIT_CODE_NAME = internName('exit_code');
const ERROR = internName('error');
/** What MCP and its clients write into a result that reports a failure. */
const FAILURE_FLAGS = ['isError', 'is_error'].map(internName);

/** Exit codes stand in the first lines: Codex `Process exited with code N`, Claude `Exit code N`. */
const EXIT_CODE_WINDOW_BYTES = 512;
const EXIT_CODE = /(?:^|\n)(?:Process exited with code|Exit code:?|Command failed with exit code) (-?\d{1,10})\b/;

/** The exit code that a tool's output tells, or NaN. */
export function exitCodeOf(view: RecordView): number {
  const { tape } = view;
  const payload = view.attribute(PAYLOAD);
  for (const name of EXIT_CODE_NAMES) {
    const given = numberAt(tape, view.attribute(name));
    if (!Number.isNaN(given)) return given;
    const inOutput = numberAt(tape, field(tape, view.attribute(TOOL_OUTPUT), name));
    if (!Number.isNaN(inOutput)) return inOutput;
    const inResponse = numberAt(tape, field(tape, view.attribute(TOOL_RESPONSE), name));
    if (!Number.isNaN(inResponse)) return inResponse;
    const inPayload = numberAt(tape, field(tape, field(tape, payload, TOOL_OUTPUT), name));
    if (!Number.isNaN(inPayload)) return inPayload;
  }
  // Codex's `shell` tool: {"output":"…","metadata":{"exit_code":2,"duration_seconds":0.1}}.
  for (const name of [OUTPUT, TOOL_RESPONSE]) {
    const inMetadata = numberAt(tape, field(tape, field(tape, view.attribute(name), METADATA), EXIT_CODE_NAME));
    if (!Number.isNaN(inMetadata)) return inMetadata;
  }
  for (const name of OUTPUT_NAMES) {
    const node = view.attribute(name);
    if (node < 0 || tape.kind[node] !== Kind.STRING) continue;
    const head = tape.text(tape.start[node]!, Math.min(tape.length[node]!, EXIT_CODE_WINDOW_BYTES));
    const match = EXIT_CODE.exec(head);
    if (match) return Number(match[1]);
  }
  return Number.NaN;
}

/** A result of a tool that ended in order may still say that it failed: Codex has no other hook for it. */
export function reportsFailure(view: RecordView): boolean {
  const { tape } = view;
  for (const name of [TOOL_RESPONSE, TOOL_OUTPUT]) {
    for (const flag of FAILURE_FLAGS) {
      const node = field(tape, view.attribute(name), flag);
      if (node >= 0 && booleanOf(tape, node) === 1) return true;
    }
  }
  const error = view.attribute(ERROR);
  if (error < 0) return false;
  const kind = tape.kind[error]!;
  return kind !== Kind.NULL && kind !== Kind.FALSE && !(kind === Kind.STRING && tape.length[error] === 0);
}

function numberAt(tape: Tape, node: number): number {
  return node < 0 ? Number.NaN : numberOf(tape, valueRoot(tape, node));
}

/** UTF-16 length of the first prompt text on the record, as agents count it; NaN when it has none or a placeholder. */
export function promptLengthOf(view: RecordView): number {
  const { tape } = view;
  for (const name of PROMPT_NAMES) {
    const length = textLengthOf(tape, view.attribute(name));
    if (!Number.isNaN(length)) return length;
  }
  return Number.NaN;
}

/** UTF-16 length of a text; NaN when the node is none, is empty or a placeholder. */
export function textLengthOf(tape: Tape, node: number): number {
  if (node < 0 || (tape.kind[node] !== Kind.STRING && tape.kind[node] !== Kind.JSON)) return Number.NaN;
  const length = tape.length[node]!;
  if (length === 0 || isPlaceholder(tape, tape.start[node]!, length)) return Number.NaN;
  return utf16Length(tape, tape.start[node]!, length);
}

const PLACEHOLDERS = ['<REDACTED>', '[REDACTED]'].map((text) => Buffer.from(text));

/** Whether a span is what agents write in place of a text that they do not send. */
export function isPlaceholder(tape: Tape, start: number, length: number): boolean {
  return PLACEHOLDERS.some(
    (text) => text.length === length && text.every((byte, index) => tape.bytes[start + index] === byte),
  );
}

function utf16Length(tape: Tape, start: number, length: number): number {
  let units = 0;
  for (let index = start; index < start + length; index++) {
    const byte = tape.bytes[index]!;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

/** The body of a hook request: what the agent wrote, byte for byte, with this machine's knowledge added behind it. */

import type { HookPayload } from './dialects.ts';

/** Larger payloads (a written file comes three times) get their long texts cut; the server would refuse them. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const LONG_TEXT_CHARACTERS = 64 * 1024;

/** Parses what an agent wrote; undefined when it is not a JSON object. */
export function parsePayload(text: string): HookPayload | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as HookPayload) : undefined;
  } catch {
    // The message would quote the payload.
    return undefined;
  }
}

/**
 * `text` with `fields` as further members. Members that the agent wrote itself win. Splicing instead of writing the whole
 * object anew keeps numbers that JavaScript cannot hold.
 */
export function withFields(
  text: string,
  payload: HookPayload,
  fields: Readonly<Record<string, string | undefined>>,
): string {
  const added = Object.entries(fields).filter(([name, value]) => value !== undefined && !Object.hasOwn(payload, name));
  if (Buffer.byteLength(text) > BODY_BYTES_MAX) {
    return JSON.stringify({ ...payload, ...Object.fromEntries(added) }, cutLongText);
  }
  if (added.length === 0) return text;
  const open = text.trimEnd().slice(0, -1).trimEnd();
  const members = JSON.stringify(Object.fromEntries(added)).slice(1);
  return `${open}${open.endsWith('{') ? '' : ','}${members}`;
}

function cutLongText(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= LONG_TEXT_CHARACTERS) return value;
  return `${value.slice(0, LONG_TEXT_CHARACTERS)}[... ${value.length - LONG_TEXT_CHARACTERS} characters cut by moda]`;
}

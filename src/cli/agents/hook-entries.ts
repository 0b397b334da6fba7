/**
 * Puts this installer's handlers into a hooks tree and takes them out again, leaving foreign handlers alone. Claude Code and
 * Codex nest them (`{event: [{matcher?, hooks: [handler]}]}`), Cursor keeps a flat list (`{event: [handler]}`).
 */

import {
  appendJson,
  isEmptyAt,
  type JsonPath,
  readJson,
  removeEmpty,
  removeJson,
  setJson,
} from '../files/json-edit.ts';
import type { JsonValue } from '../files/json-text.ts';
import { isOwnCommand } from './hook-launcher.ts';

export type HookShape = 'nested' | 'flat';

type JsonRecord = { readonly [key: string]: JsonValue };

/** One handler for each of `events` under `hooks`; former ones of ours are brought up to date, doubles and others removed. */
export function installHooks(text: string, shape: HookShape, events: readonly string[], handler: JsonRecord): string {
  let edited = text;
  for (const event of ownEvents(edited)) {
    if (!events.includes(event)) edited = removeFromEvent(edited, event, undefined);
  }
  for (const event of events) edited = installEvent(edited, shape, event, handler);
  return edited;
}

/** The text without any handler of ours; lists and objects that this leaves empty go too, unless `original` had them. */
export function removeHooks(text: string, original: string | undefined): string {
  let edited = text;
  for (const event of ownEvents(edited)) edited = removeFromEvent(edited, event, original);
  return edited === text ? text : removeEmpty(edited, ['hooks'], original);
}

/** Events that have a handler of ours. */
export function ownEvents(text: string): string[] {
  const hooks = readJson(text, ['hooks']);
  if (!isRecord(hooks)) return [];
  return Object.keys(hooks).filter((event) => ownPaths(text, event).length > 0);
}

/** Commands of our handlers, for status. */
export function ownCommands(text: string): string[] {
  return ownEvents(text).flatMap((event) =>
    ownPaths(text, event).map((path) => String(readJson(text, [...path, 'command']))),
  );
}

function installEvent(text: string, shape: HookShape, event: string, handler: JsonRecord): string {
  const list = readJson(text, ['hooks', event]);
  const element = shape === 'nested' ? { hooks: [handler] } : handler;
  if (list === undefined) return setJson(text, ['hooks', event], [element]);
  if (!Array.isArray(list)) throw new TypeError(`expected a list at hooks.${event}`);
  const [first, ...doubles] = ownPaths(text, event);
  if (first === undefined) return appendJson(text, ['hooks', event], element);
  let edited = text;
  // From the back, so that the indexes of those before stay true.
  for (const path of doubles.reverse()) edited = removeHandler(edited, path);
  for (const [key, value] of Object.entries(handler)) edited = setJson(edited, [...first, key], value);
  return edited;
}

function removeFromEvent(text: string, event: string, original: string | undefined): string {
  let edited = text;
  for (const path of ownPaths(text, event).reverse()) edited = removeHandler(edited, path);
  return removeEmpty(edited, ['hooks', event], original);
}

/** Removes a handler, and its group when it was the group's only one. */
function removeHandler(text: string, path: JsonPath): string {
  const edited = removeJson(text, path);
  const list = path.slice(0, -1);
  const isGroup = list.at(-1) === 'hooks' && list.length > 1;
  return isGroup && isEmptyAt(edited, list) ? removeJson(edited, list.slice(0, -1)) : edited;
}

/** Where our handlers of one event stand, in order; both shapes are searched. */
function ownPaths(text: string, event: string): JsonPath[] {
  const list = readJson(text, ['hooks', event]);
  if (!Array.isArray(list)) return [];
  const paths: JsonPath[] = [];
  list.forEach((entry: JsonValue, index) => {
    if (!isRecord(entry)) return;
    if (isOwnCommand(entry['command'])) paths.push(['hooks', event, index]);
    const inner = entry['hooks'];
    if (!Array.isArray(inner)) return;
    inner.forEach((handler: JsonValue, place) => {
      if (isRecord(handler) && isOwnCommand(handler['command'])) paths.push(['hooks', event, index, 'hooks', place]);
    });
  });
  return paths;
}

/** Whether a value is a JSON object. */
export function isRecord(value: JsonValue | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

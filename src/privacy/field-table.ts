/**
 * The field table compiled for lookups: per (agent, signal, event, tool) one array from the number of a key to its class, filled
 * on first use; kinds of records to which the same rows apply share a table.
 */

import { PROVIDERS, type Provider, SIGNALS, type Signal } from '../model/identity.ts';
import { internName, NAMES_MAX, nameIdAt, nameOf } from '../model/names.ts';
import type { Tape } from '../model/tape.ts';
import { FIELD_RULES, FieldClass, type FieldClassValue, type FieldRule } from './fields.ts';

const NOT_ASKED = 255;
/** Longest key that is compared with the table in another spelling. */
const SPELLING_BYTES_MAX = 64;

/** Rows that name a whole key are interned, so that the decoders recognize them by number. */
for (const { path, event } of FIELD_RULES) {
  if (event !== '*') internName(event);
  for (const name of path.split('/')) if (!name.includes('*')) internName(name);
}

interface Pattern {
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
  readonly fieldClass: FieldClassValue;
}

let tablesMade = 0;

export class FieldTable {
  /** Tells tables apart by a number. */
  readonly serial = ++tablesMade;
  /** By number of the key: 1 when a short text under it only needs the scan for secrets, 0 not asked yet, 2 no. */
  readonly isMetadata = new Uint8Array(NAMES_MAX);
  private readonly rules: readonly FieldRule[];
  private readonly classes = new Uint8Array(NAMES_MAX).fill(NOT_ASKED);
  private readonly patterns: readonly Pattern[];
  private readonly inner = new Map<number, FieldTable>();

  /** `rules` hold no nested paths of another container: those live in the tables of `inner`. */
  constructor(rules: readonly FieldRule[], isInner = false) {
    this.rules = rules.filter((rule) => !rule.path.includes('/'));
    this.patterns = this.rules.filter((rule) => rule.path.includes('*')).map(patternOf);
    if (isInner) return;
    const containers = new Set(rules.flatMap((rule) => (rule.path.includes('/') ? [rule.path.split('/')[0]!] : [])));
    for (const container of containers) {
      const own = rules.filter((rule) => rule.path.startsWith(`${container}/`));
      const below = own.map((rule) => ({ ...rule, path: rule.path.slice(container.length + 1) }));
      this.inner.set(internName(container), new FieldTable([...this.rules, ...below], true));
    }
  }

  /** The class of the value under this key; UNKNOWN where the table has none. */
  classOf(tape: Tape, node: number): FieldClassValue {
    let id = tape.keyId[node]!;
    if (id === 0) {
      const length = tape.keyLength[node]!;
      if (length <= 0) return FieldClass.UNKNOWN;
      id = otherSpelling(tape.bytes, tape.keyStart[node]!, length);
      if (id === 0) return this.classByPattern(tape.bytes, tape.keyStart[node]!, length);
    }
    const known = this.classes[id]!;
    return known === NOT_ASKED ? this.fill(id) : (known as FieldClassValue);
  }

  /** The class of a value under this name, where the name is no key of the tape. */
  classOfName(name: string): FieldClassValue {
    const bytes = Buffer.from(name);
    const id = nameIdAt(bytes, 0, bytes.length) || otherSpelling(bytes, 0, bytes.length);
    return id === 0 ? this.classByPattern(bytes, 0, bytes.length) : this.fill(id);
  }

  /** The table that holds below this container. */
  below(keyId: number): FieldTable {
    return keyId === 0 || this.inner.size === 0 ? this : (this.inner.get(keyId) ?? this);
  }

  private fill(id: number): FieldClassValue {
    const name = nameOf(id);
    let found: FieldClassValue | undefined;
    for (const rule of this.rules) if (matches(rule.path, name)) found = rule.fieldClass;
    if (found === undefined) {
      const other = Buffer.from(name);
      const spelled = otherSpelling(other, 0, other.length);
      found = spelled === 0 || spelled === id ? FieldClass.UNKNOWN : this.fill(spelled);
    }
    this.classes[id] = found;
    return found;
  }

  private classByPattern(bytes: Uint8Array, start: number, length: number): FieldClassValue {
    let found: FieldClassValue = FieldClass.UNKNOWN;
    for (const pattern of this.patterns) {
      if (startsAndEnds(bytes, start, length, pattern)) found = pattern.fieldClass;
    }
    return found;
  }
}

function patternOf(rule: FieldRule): Pattern {
  const [prefix = '', ...rest] = rule.path.split('*');
  return { prefix: Buffer.from(prefix), suffix: Buffer.from(rest.join('')), fieldClass: rule.fieldClass };
}

function matches(path: string, name: string): boolean {
  if (!path.includes('*')) return path === name;
  const [prefix = '', ...rest] = path.split('*');
  const suffix = rest.join('');
  return name.length >= prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix);
}

function startsAndEnds(bytes: Uint8Array, start: number, length: number, { prefix, suffix }: Pattern): boolean {
  if (length < prefix.length + suffix.length) return false;
  for (let index = 0; index < prefix.length; index++) if (bytes[start + index] !== prefix[index]) return false;
  const tail = start + length - suffix.length;
  for (let index = 0; index < suffix.length; index++) if (bytes[tail + index] !== suffix[index]) return false;
  return true;
}

const spelling = new Uint8Array(SPELLING_BYTES_MAX * 2);

/** The number of `some_name` for `someName`, `SomeName`, `some-name`; 0 when there is none or the key is spelled so already. */
function otherSpelling(bytes: Uint8Array, start: number, length: number): number {
  if (length > SPELLING_BYTES_MAX) return 0;
  let size = 0;
  let differs = false;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index]!;
    if (byte >= 0x41 && byte <= 0x5a) {
      const before = index > 0 ? bytes[start + index - 1]! : 0;
      if (before >= 0x61 && before <= 0x7a) spelling[size++] = 0x5f;
      spelling[size++] = byte | 0x20;
      differs = true;
    } else if (byte === 0x2d) {
      spelling[size++] = 0x5f;
      differs = true;
    } else spelling[size++] = byte;
  }
  return differs ? nameIdAt(spelling, 0, size) : 0;
}

/** By number of a name: its place among the events, or tools, that have rows of their own; 0 for all others. */
const SLOT_OF_EVENT = new Uint8Array(NAMES_MAX);
const SLOT_OF_TOOL = new Uint8Array(NAMES_MAX);
const EVENTS = numbered(
  FIELD_RULES.map(({ event }) => (event === '*' ? undefined : event)),
  SLOT_OF_EVENT,
);
const TOOLS = numbered(
  FIELD_RULES.map(({ tool }) => tool),
  SLOT_OF_TOOL,
);
/** Tables by provider, signal, event and tool. */
const tables: (FieldTable | undefined)[] = [];
/** The same tables by the rows that apply. */
const tableOfRows = new Map<string, FieldTable>();

function numbered(names: readonly (string | undefined)[], slots: Uint8Array): number {
  const own = [...new Set(names.filter((name) => name !== undefined))];
  own.forEach((name, index) => {
    slots[internName(name)] = index + 1;
  });
  return own.length + 1;
}

/**
 * The table for records of this kind. `eventId` is the number of the native event name, `toolId` of the tool's; 0 when it
 * has none.
 */
export function fieldTable(provider: Provider, signal: Signal, eventId: number, toolId = 0): FieldTable {
  const kind = PROVIDERS.indexOf(provider) * SIGNALS.length + SIGNALS.indexOf(signal);
  const slot = (kind * EVENTS + SLOT_OF_EVENT[eventId]!) * TOOLS + SLOT_OF_TOOL[toolId]!;
  const known = tables[slot];
  if (known !== undefined) return known;
  const built = build(provider, signal, nameOf(eventId), nameOf(toolId));
  tables[slot] = built;
  return built;
}

function build(provider: Provider, signal: Signal, event: string, tool: string): FieldTable {
  const applies = (rule: FieldRule): boolean =>
    (rule.agent === '*' || rule.agent === provider) &&
    (rule.signal === '*' || rule.signal === signal) &&
    (rule.event === '*' || rule.event === event) &&
    (rule.tool === undefined || rule.tool === tool);
  const rows = FIELD_RULES.filter(applies);
  const key = rows.map((rule) => FIELD_RULES.indexOf(rule)).join();
  const table = tableOfRows.get(key) ?? new FieldTable(rows);
  tableOfRows.set(key, table);
  return table;
}

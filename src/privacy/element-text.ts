/**
 * The text of an XML element whose name, whose attribute `name` or `key`, or whose neighbour says "secret":
 * `<password type="text">…</password>`, `<property name="db.password"><![CDATA[…]]></property>`, and as Hadoop and Apple
 * write it `<name>fs.secret.key</name><value>…</value>`.
 */

import { glance, glanceBack, type KeyMatch, type KeyPlace, skipBlank } from './key-place.ts';
import { ruleOfKind, valueAt } from './keyed-value.ts';
import { isSecretValue, Style } from './secret-value.ts';
import type { Quote } from './value-span.ts';

const PREFIXED_BEFORE = /<[\w.-]{1,32}:$/;
const ATTRIBUTE_BEFORE = /<[\w:.-]{1,40}(?:\s[^<>]{0,100})?\s(?:name|key)\s{0,4}=\s{0,4}\\{0,7}["']$/;
const CDATA = '(?:<!\\[CDATA\\[\\s{0,16})?';
const REST_OF_TAG = new RegExp(`^(?:\\s[^<>]{0,120})?(?<!/)>\\s{0,16}(?:<value>\\s{0,16})?${CDATA}`);
const NEXT_ELEMENT = new RegExp(
  `^<\\\\{0,7}/(?:name|key|param-name|env-entry-name)>\\s{0,40}<(?:value|string|param-value|env-entry-value)>\\s{0,16}${CDATA}`,
);
const CLOSING = /^(?:\]\]>\s{0,16})?<\\{0,7}\//;
/** With entities and marks, which end a word elsewhere. */
const ONE_WORD = /^([^\s<]{1,512}?)(?:\]\]>)?<\\{0,7}\//;

/** The secret that stands behind the tag in which the name stands; undefined when there is none, or no tag. */
export function elementText(place: KeyPlace, afterName: number, closing: Quote | undefined): KeyMatch | undefined {
  const { text } = place;
  const first = text.bytes[afterName];
  if (first !== 0x3e && first !== 0x3c && !isBlank(first)) return undefined;
  if (first !== 0x3c && !isInTag(place, closing)) return undefined;
  const rest = (first === 0x3c ? NEXT_ELEMENT : REST_OF_TAG).exec(glance(text, afterName, 200));
  if (rest === null) return undefined;
  const at = afterName + rest[0].length;
  const found = valueAt(place, at, Style.TIGHT, true);
  if (found !== undefined && CLOSING.test(glance(text, skipBlank(text, found.end), 32))) return found;
  const value = ONE_WORD.exec(glance(text, at, 540))?.[1];
  if (value === undefined || !isSecretValue(value, place.kind, Style.TIGHT)) return undefined;
  return { start: at, end: at + value.length, rule: ruleOfKind(place.kind) };
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isInTag({ text, nameStart }: KeyPlace, closing: Quote | undefined): boolean {
  if (closing !== undefined) return ATTRIBUTE_BEFORE.test(glanceBack(text, nameStart, 160));
  if (nameStart <= text.from) return false;
  const before = text.bytes[nameStart - 1];
  return before === 0x3c || (before === 0x3a && PREFIXED_BEFORE.test(glanceBack(text, nameStart, 36)));
}
